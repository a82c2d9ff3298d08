import type { TableUse } from './counting-table.ts';

/** List prices of us-east-1 in US dollars, without free tiers. Data, with where they are from: prices change. */
export const prices = {
  apiRequest: 1.0e-6,
  lambdaRequest: 0.2e-6,
  lambdaGibSecondArm: 0.0000133334,
  tableReadUnit: 0.125e-6,
  tableWriteUnit: 0.625e-6,
  stateTransition: 25e-6,
  asOf: '2026-11',
  source:
    'the pricing pages of API Gateway (HTTP APIs), Lambda, DynamoDB (on demand) and Step Functions (standard)',
} as const;

/** What a handler is billed for, warm. An assumption: this machine's milliseconds are not Lambda's. */
const billedSeconds = 0.05;
const gib = 0.5;

export const lambdaUsd = (invocations: number): number =>
  invocations * (prices.lambdaRequest + billedSeconds * gib * prices.lambdaGibSecondArm);

export const tableUsd = ({ readUnits, writeUnits }: TableUse): number =>
  readUnits * prices.tableReadUnit + writeUnits * prices.tableWriteUnit;
