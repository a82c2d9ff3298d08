/** A log that lists the same catalog every night must not fill the memory: what is listed again replaces what was, up to this many. */
const MOST_ROWS = 20_000;

/** The rows of one kind of list, in the order in which they were listed first. */
export class ListedRows<Key, Row> {
  readonly all: Row[] = [];
  /** Where a row stands among them, by the database or table that its key is of. */
  readonly #places = new Map<string, Map<Key, number>>();
  #scope = '';
  #placesInScope: Map<Key, number> | undefined;
  /** Some row had no room. */
  isCut = false;

  /** Where what was listed with this key stands, if anything was. */
  placeOf(scope: string, key: Key): number | undefined {
    return this.#placesIn(scope).get(key);
  }

  /** Takes the place of what was listed with this key before. */
  put(scope: string, key: Key, row: Row, place = this.placeOf(scope, key)): Row {
    if (place !== undefined) {
      this.all[place] = row;
    } else if (this.all.length < MOST_ROWS) {
      this.#placesIn(scope).set(key, this.all.length);
      this.all.push(row);
    } else {
      this.isCut = true;
    }
    return row;
  }

  /** The rows of a list are of one database. */
  #placesIn(scope: string): Map<Key, number> {
    if (this.#placesInScope !== undefined && this.#scope === scope) return this.#placesInScope;
    const places = this.#places.get(scope) ?? new Map<Key, number>();
    this.#places.set(scope, places);
    this.#scope = scope;
    this.#placesInScope = places;
    return places;
  }
}
