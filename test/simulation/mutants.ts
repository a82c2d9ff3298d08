import type { TaskPorts, World } from './world.ts';

/** The service with one of its safeguards taken away, between the use cases and the adapters: the simulation must notice. */
export interface Mutant {
  readonly name: string;
  break(ports: TaskPorts, world: World): TaskPorts;
}
