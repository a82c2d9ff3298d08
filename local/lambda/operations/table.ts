import { deleteFunctionConcurrency, getFunctionConcurrency, putFunctionConcurrency } from './concurrency.ts';
import {
  deleteFunctionEventInvokeConfig,
  getFunctionEventInvokeConfig,
  listFunctionEventInvokeConfigs,
  putFunctionEventInvokeConfig,
  updateFunctionEventInvokeConfig,
} from './event-invoke-config.ts';
import {
  createFunction,
  deleteFunction,
  getAccountSettings,
  getFunction,
  getFunctionConfiguration,
  listFunctions,
  updateFunctionCode,
  updateFunctionConfiguration,
} from './functions.ts';
import { invoke } from './invoke.ts';
import type { Operation } from './operation.ts';

const FUNCTIONS = '/2015-03-31/functions';
const FUNCTION = `${FUNCTIONS}/{FunctionName}`;
const EVENT_INVOKE_CONFIG = '/2019-09-25/functions/{FunctionName}/event-invoke-config';

/** Everything this server does. */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  Invoke: {
    method: 'POST',
    path: `${FUNCTION}/invocations`,
    answer: invoke,
    action: 'lambda:InvokeFunction',
  },
  CreateFunction: { method: 'POST', path: FUNCTIONS, answer: createFunction, takesCode: true },
  GetFunction: { method: 'GET', path: FUNCTION, answer: getFunction },
  GetFunctionConfiguration: {
    method: 'GET',
    path: `${FUNCTION}/configuration`,
    answer: getFunctionConfiguration,
  },
  ListFunctions: { method: 'GET', path: FUNCTIONS, answer: listFunctions },
  UpdateFunctionCode: {
    method: 'PUT',
    path: `${FUNCTION}/code`,
    answer: updateFunctionCode,
    takesCode: true,
  },
  UpdateFunctionConfiguration: {
    method: 'PUT',
    path: `${FUNCTION}/configuration`,
    answer: updateFunctionConfiguration,
  },
  DeleteFunction: { method: 'DELETE', path: FUNCTION, answer: deleteFunction },
  PutFunctionConcurrency: {
    method: 'PUT',
    path: '/2017-10-31/functions/{FunctionName}/concurrency',
    answer: putFunctionConcurrency,
  },
  GetFunctionConcurrency: {
    method: 'GET',
    path: '/2019-09-30/functions/{FunctionName}/concurrency',
    answer: getFunctionConcurrency,
  },
  DeleteFunctionConcurrency: {
    method: 'DELETE',
    path: '/2017-10-31/functions/{FunctionName}/concurrency',
    answer: deleteFunctionConcurrency,
  },
  PutFunctionEventInvokeConfig: {
    method: 'PUT',
    path: EVENT_INVOKE_CONFIG,
    answer: putFunctionEventInvokeConfig,
  },
  UpdateFunctionEventInvokeConfig: {
    method: 'POST',
    path: EVENT_INVOKE_CONFIG,
    answer: updateFunctionEventInvokeConfig,
  },
  GetFunctionEventInvokeConfig: {
    method: 'GET',
    path: EVENT_INVOKE_CONFIG,
    answer: getFunctionEventInvokeConfig,
  },
  DeleteFunctionEventInvokeConfig: {
    method: 'DELETE',
    path: EVENT_INVOKE_CONFIG,
    answer: deleteFunctionEventInvokeConfig,
  },
  ListFunctionEventInvokeConfigs: {
    method: 'GET',
    path: `${EVENT_INVOKE_CONFIG}/list`,
    answer: listFunctionEventInvokeConfigs,
  },
  GetAccountSettings: { method: 'GET', path: '/2016-08-19/account-settings', answer: getAccountSettings },
};
