/** A bounded memory of one isolate: the least recently used entries go first. */
export class Remembered<K, V> {
  private readonly entries = new Map<K, V>()
  private readonly limit: number
  private readonly weigh: (value: V) => number
  private weight = 0

  /** `limit` bounds the sum of the entries' weights; an entry weighs 1 unless told. */
  constructor(limit: number, weigh: (value: V) => number = () => 1) {
    this.limit = limit
    this.weigh = weigh
  }

  get(key: K): V | undefined {
    const value = this.entries.get(key)
    if (value !== undefined) {
      this.entries.delete(key)
      this.entries.set(key, value)
    }
    return value
  }

  set(key: K, value: V): void {
    this.delete(key)
    this.entries.set(key, value)
    this.weight += this.weigh(value)
    for (const oldest of this.entries.keys()) {
      if (this.weight <= this.limit) return
      this.delete(oldest)
    }
  }

  delete(key: K): void {
    const value = this.entries.get(key)
    if (value !== undefined) this.weight -= this.weigh(value)
    this.entries.delete(key)
  }
}
