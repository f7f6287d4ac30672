/** An element with attributes and children; text becomes text, never markup. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes?: Record<string, string>,
  children?: readonly (Node | string)[],
): HTMLElementTagNameMap[K]
export function element(tag: string, attributes?: Record<string, string>, children?: readonly (Node | string)[]): HTMLElement
export function element(tag: string, attributes: Record<string, string> = {}, children: readonly (Node | string)[] = []): HTMLElement {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
  made.append(...children)
  return made
}
