/** Where the services of the map stand: who is called stands behind who calls. Pure. */
import type { Graph } from './graph';

/** A place in the map: its layer counted from the origin of requests, and its place in the layer from -n/2 to n/2. */
export interface Place {
  layer: number;
  across: number;
}

export interface Layout {
  places: ReadonlyMap<string, Place>;
  layers: number;
  /** How many services the fullest layer has. */
  widest: number;
}

/** Rounds in which the services of a layer are put near those that they talk to. */
const ROUNDS = 4;

export function layoutOf({ nodes, edges }: Graph): Layout {
  const names = nodes.map(({ name }) => name);
  const calls = new Map(names.map((name) => [name, new Set<string>()]));
  for (const { client, server } of edges) if (client !== server) calls.get(client)?.add(server);
  const layerOf = layersOf(names, calls);
  const rows: string[][] = [];
  for (const name of names) {
    const layer = layerOf.get(name) ?? 0;
    rows[layer] = [...(rows[layer] ?? []), name];
  }
  const places = new Map<string, Place>();
  const place = (row: readonly string[], layer: number) =>
    row.forEach((name, at) => {
      places.set(name, { layer, across: at - (row.length - 1) / 2 });
    });
  rows.forEach(place);
  const neighbours = (name: string) =>
    names.filter((other) => calls.get(name)?.has(other) || calls.get(other)?.has(name));
  for (let round = 0; round < ROUNDS; round += 1) {
    rows.forEach((row, layer) => {
      const wish = new Map(row.map((name) => [name, mean(neighbours(name), places)]));
      row.sort((a, b) => (wish.get(a) ?? 0) - (wish.get(b) ?? 0));
      place(row, layer);
    });
  }
  return { places, layers: rows.length, widest: Math.max(0, ...rows.map(({ length }) => length)) };
}

/** The longest way from a service that nobody calls; a call that closes a circle does not count. */
function layersOf(
  names: readonly string[],
  calls: ReadonlyMap<string, ReadonlySet<string>>,
): ReadonlyMap<string, number> {
  const called = new Set([...calls.values()].flatMap((servers) => [...servers]));
  const layers = new Map<string, number>();
  const above = new Set<string>();
  const visit = (name: string, layer: number) => {
    if (above.has(name) || (layers.get(name) ?? -1) >= layer) return;
    layers.set(name, layer);
    above.add(name);
    for (const server of calls.get(name) ?? []) visit(server, layer + 1);
    above.delete(name);
  };
  for (const name of names) if (!called.has(name)) visit(name, 0);
  // What is left is in circles that nobody outside of them calls.
  for (const name of names) if (!layers.has(name)) visit(name, 0);
  return layers;
}

function mean(names: readonly string[], places: ReadonlyMap<string, Place>): number {
  const across = names.map((name) => places.get(name)?.across ?? 0);
  return across.length === 0 ? 0 : across.reduce((sum, one) => sum + one, 0) / across.length;
}
