// A plugin for the compiler, which completes what its decorator plugins leave. Decorated fields (`@Column() name!: string`) get the meaning that TypeScript gives them under
// `experimentalDecorators`: a field with a value is assigned when the object is made, one without is not made at all. The
// compiler's own decorator plugin leaves a call that throws instead, because it counts on a second plugin that is not there.

/** The little that is used of the compiler's tree. */
interface Node {
  readonly type: string
  value?: Node | null
  definite?: boolean
  declare?: boolean
  computed?: boolean
  readonly static?: boolean
  readonly decorators?: readonly Node[] | null
  readonly key?: Node
  readonly callee?: Node
  readonly object?: Node
  readonly property?: Node
  readonly left?: Node
  right?: Node
  readonly arguments?: readonly Node[]
  readonly name?: string
}

interface Path {
  readonly node: Node
  remove(): void
  replaceWith(node: Node): void
  traverse(visitor: Readonly<Record<string, (path: Path) => void>>): void
}

interface Plugin {
  readonly name: string
  pre(file: { readonly path: Path }): void
  post(file: { readonly path: Path }): void
  readonly visitor: Readonly<Record<string, (path: Path) => void>>
}

/** The compiler calls it once per file. */
export function fieldFixes(): Plugin {
  const withoutValue = new WeakSet<Node>()
  return {
    name: 'decorated-fields',
    pre(file) {
      file.path.traverse({
        ClassProperty({ node }) {
          if (!node.decorators?.length) return
          if (!node.value) withoutValue.add(node)
          // Else the compiler finds a "!" field with a value: the one that the decorator plugin gave it.
          node.definite = false
          node.declare = false
        },
      })
    },
    post(file) {
      file.path.traverse({ LogicalExpression: ({ node }) => giveNothingBack(node) })
    },
    visitor: {
      ClassProperty(path) {
        if (path.node.static || path.node.value?.callee?.name !== '_initializerWarningHelper') return
        if (withoutValue.has(path.node)) path.remove()
        else path.replaceWith(assignment(path.node))
      },
    },
  }
}

/**
 * The compiler writes types as `Reflect.metadata?.(key, value) || ((t) => t)`: without reflect-metadata a decorator that gives its target
 * back, which is right for a class, and makes of the prototype the descriptor of a method, an accessor or a field.
 */
function giveNothingBack(node: Node): void {
  const { left, right } = node
  const callee = left?.callee
  if (
    callee?.object?.name !== 'Reflect' ||
    callee.property?.name !== 'metadata' ||
    right?.type !== 'ArrowFunctionExpression'
  )
    return
  node.right = tree('ArrowFunctionExpression', {
    params: [],
    body: identifier('undefined'),
    async: false,
    expression: true,
  })
}

/** `#_init_x = d && (this.x = d.initializer ? d.initializer.call(this) : void 0)`: a private field keeps the order of evaluation. */
function assignment(field: Node): Node {
  const key = field.key ?? identifier('unnamed')
  const descriptor = field.value?.arguments?.[0] ?? identifier('undefined')
  const initializer = tree('MemberExpression', {
    object: descriptor,
    property: identifier('initializer'),
    computed: false,
  })
  const call = tree('MemberExpression', { object: initializer, property: identifier('call'), computed: false })
  const target = tree('MemberExpression', {
    object: tree('ThisExpression', {}),
    property: key,
    computed: field.computed === true || key.type !== 'Identifier',
  })
  const value = tree('ConditionalExpression', {
    test: initializer,
    consequent: tree('CallExpression', { callee: call, arguments: [tree('ThisExpression', {})] }),
    alternate: identifier('undefined'),
  })
  return tree('ClassPrivateProperty', {
    key: tree('PrivateName', { id: identifier(`_init_${descriptor.name ?? ''}`) }),
    static: false,
    value: tree('LogicalExpression', {
      operator: '&&',
      left: descriptor,
      right: tree('AssignmentExpression', { operator: '=', left: target, right: value }),
    }),
  })
}

function identifier(name: string): Node {
  return tree('Identifier', { name })
}

function tree(type: string, parts: Readonly<Record<string, unknown>>): Node {
  return { type, ...parts }
}
