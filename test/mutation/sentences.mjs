// Sentences for people are not mutated: that an error has these words and no others is nothing a test should hold. Codes and reasons are.

const isFault = (node) => node?.isNewExpression() && node.node.callee.name === 'Fault'

export const strykerPlugins = [
  {
    kind: 'Ignore',
    name: 'sentences',
    value: {
    shouldIgnore(path) {
      if (isFault(path.parentPath) && path.listKey === 'arguments' && path.key === 1) return 'the sentence of a fault'
      if (path.parentPath?.isObjectProperty() && path.parentPath.node.key.name === 'message') return 'the sentence of a field'
      return undefined
    },
    },
  },
]
