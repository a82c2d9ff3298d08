import { App } from 'aws-cdk-lib';
import { addStacks } from './stacks.ts';
import { readStage } from './stage.ts';

const app = new App();
addStacks(app, readStage(app.node.tryGetContext('stage')));
app.synth();
