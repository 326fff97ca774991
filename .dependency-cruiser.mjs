/** Who may import whom. `test/architecture` plants a violation of each rule and expects it to be found. */

const rule = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

export default {
  forbidden: [
    rule(
      'no-cycles',
      'A cycle has no layer.',
      {},
      { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    ),
    rule('unresolved', 'Every import must be found.', {}, { couldNotResolve: true }),
    rule(
      'kernel-imports-nothing',
      'The kernel is what everything stands on.',
      { path: '^shared/kernel/' },
      { pathNot: ['^shared/kernel/', '(^|/)node_modules/temporal-polyfill/'] },
    ),
    rule(
      'only-zones-import-temporal',
      'Dates and moments are texts and numbers; Temporal only knows what clocks do in a zone.',
      { pathNot: ['^shared/kernel/zone\\.ts$', '^test/'] },
      { path: '(^|/)node_modules/temporal-polyfill/' },
    ),
    rule(
      'domain-is-pure',
      'The domain decides on facts: no npm, no node:, no adapters.',
      { path: '^shared/[^/]+/domain/' },
      { pathNot: ['^shared/kernel/', '^shared/[^/]+/domain/', '^shared/gateways/gateway\\.ts$'] },
    ),
    rule(
      'contracts-are-schemas',
      'A contract is a shape that others rely on.',
      { path: '^shared/[^/]+/contracts/' },
      {
        pathNot: [
          '^shared/kernel/',
          '^shared/[^/]+/(domain|contracts)/',
          '^shared/gateways/gateway\\.ts$',
          '(^|/)node_modules/zod/',
        ],
      },
    ),
    rule(
      'ports-are-types',
      'A port names what is needed, not who gives it.',
      { path: '^shared/[^/]+/ports\\.ts$' },
      {
        path: ['^shared/[^/]+/(adapters|usecases)/', '^functions/', '^infra/'],
        dependencyTypesNot: ['type-only'],
      },
    ),
    rule(
      'shared-stands-alone',
      'Shared code knows neither functions nor infrastructure nor the local cloud.',
      { path: '^shared/' },
      { path: '^(functions|infra|local|scripts|simulation|test)/' },
    ),
    rule(
      'functions-do-not-meet',
      'A function never imports another function.',
      { path: '^functions/([^/]+/[^/]+)/' },
      { path: '^functions/', pathNot: '^functions/$1/' },
    ),
    rule(
      'functions-stand-on-shared',
      'Functions know neither infrastructure nor the local cloud.',
      { path: '^functions/' },
      { path: '^(infra|local|scripts|simulation|test)/' },
    ),
    rule(
      'infra-takes-types-and-the-registry',
      'Infrastructure takes from our code only environments, contract names and the list of gateways.',
      { path: '^infra/' },
      {
        path: '^(shared|functions|local|scripts|simulation|test)/',
        pathNot: [
          '^functions/[^/]+/[^/]+/env\\.ts$',
          '^shared/gateways/registry\\.ts$',
          '^shared/[^/]+/contracts/',
        ],
      },
    ),
    rule(
      'local-knows-no-product',
      'The local cloud runs whatever the template says.',
      { path: '^local/' },
      { path: '^(shared|functions|infra|scripts|simulation|test)/' },
    ),
    rule('nobody-imports-tests', 'Tests are leaves.', { pathNot: '^test/' }, { path: '^test/' }),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
