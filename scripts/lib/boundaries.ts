import { cruise } from 'dependency-cruiser';
import extractDepcruiseConfig from 'dependency-cruiser/config-utl/extract-depcruise-config';
import extractTsConfig from 'dependency-cruiser/config-utl/extract-ts-config';

export type Violation = { readonly rule: string; readonly from: string; readonly to: string };

/** Cruises folders with the rules of `.dependency-cruiser.mjs` and gives what breaks them. */
export async function checkBoundaries(
  folders: readonly string[],
): Promise<{ readonly modules: number; readonly violations: readonly Violation[] }> {
  const config = await extractDepcruiseConfig('./.dependency-cruiser.mjs');
  const result = await cruise(
    [...folders],
    { ...config.options, ruleSet: { forbidden: config.forbidden ?? [] }, validate: true },
    {},
    { tsConfig: extractTsConfig('./tsconfig.json') },
  );
  const { output } = result;
  if (typeof output === 'string') throw new Error(output);
  return {
    modules: output.modules.filter(({ source }) => !source.startsWith('node_modules')).length,
    violations: output.summary.violations.map(({ rule, from, to }) => ({
      rule: rule.name,
      from,
      to,
    })),
  };
}
