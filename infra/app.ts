import { resolve } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { addStage } from './priliv-app.ts';
import { parseSettings, SETTING_NAMES } from './settings.ts';

/** The one place that reads context. Run by `cdk` and by `scripts/synth.ts`. */
const app = new App();
const context = SETTING_NAMES.map((name) => [name, app.node.tryGetContext(name)] as const);
const settings = parseSettings(Object.fromEntries(context));
addStage(app, settings, settings.assetRoot ?? resolve(import.meta.dirname, '../dist/functions'));

if (app.node.tryGetContext('nag')) {
  const { AwsSolutionsChecks, ServerlessChecks } = await import('cdk-nag');
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
}
app.synth();
