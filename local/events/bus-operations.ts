import * as z from 'zod';
import { pageFields, pageOf, parseInput } from './api-input.ts';
import { busArn, busNameOf } from './configuration.ts';
import type { Engine } from './engine.ts';
import type { StoredBus } from './event-store.ts';
import { invalid, noSuchResource, RequestError } from './request-error.ts';

export type EventsOperation = (engine: Engine, input: unknown) => object;

const busName = z.string().regex(/^[.\-_A-Za-z0-9]{1,256}$/);

export const createEventBus: EventsOperation = ({ store, place, clock, busNames }, input) => {
  const schema = z.strictObject({ Name: busName, Description: z.string().max(512).optional() });
  const { Name: name, Description } = parseInput(schema, input);
  if (busNames().has(name)) {
    throw new RequestError('ResourceAlreadyExistsException', `Event bus ${name} already exists.`);
  }
  store.putBus(
    { name, createdAt: clock(), ...(Description !== undefined && { description: Description }) },
    'api',
  );
  return { EventBusArn: busArn(name, place), ...(Description !== undefined && { Description }) };
};

/** Succeeds for a bus that is not there. */
export const deleteEventBus: EventsOperation = ({ store, rules }, input) => {
  const { Name } = parseInput(z.strictObject({ Name: z.string() }), input);
  const name = busNameOf(Name);
  if (name === 'default') throw invalid('Cannot delete event bus default.');
  if (rules.all().some((rule) => rule.busName === name)) {
    throw invalid(`Event bus ${name} can't be deleted since it has rules.`);
  }
  store.removeBus(name);
  return {};
};

export const describeEventBus: EventsOperation = (engine, input) => {
  const { Name = 'default' } = parseInput(z.strictObject({ Name: z.string().optional() }), input);
  const name = busNameOf(Name);
  const bus = allBuses(engine).find((each) => each.name === name);
  if (bus === undefined) throw noSuchBus(name);
  return describe(engine, bus);
};

export const listEventBuses: EventsOperation = (engine, input) => {
  const schema = z.strictObject({ NamePrefix: z.string().default(''), ...pageFields });
  const { NamePrefix, ...paging } = parseInput(schema, input);
  const found = allBuses(engine).filter(({ name }) => name.startsWith(NamePrefix));
  const { page, ...next } = pageOf(found, ({ name }) => name, paging);
  return { EventBuses: page.map((bus) => describe(engine, bus)), ...next };
};

export const noSuchBus = (name: string): RequestError => noSuchResource(`Event bus ${name} does not exist.`);

const allBuses = ({ store }: Engine): readonly StoredBus[] =>
  [{ name: 'default', createdAt: 0 }, ...store.buses()].sort((a, b) => (a.name < b.name ? -1 : 1));

const describe = ({ place }: Engine, { name, description, createdAt }: StoredBus): object => ({
  Name: name,
  Arn: busArn(name, place),
  ...(description !== undefined && { Description: description }),
  // AWS made the default bus before anybody asked.
  ...(name !== 'default' && { CreationTime: createdAt / 1_000, LastModifiedTime: createdAt / 1_000 }),
});
