import ts from 'typescript';

type Parent = ts.JsxElement | ts.JsxFragment;

const isParent = (node: ts.Node): node is Parent => ts.isJsxElement(node) || ts.isJsxFragment(node);

/** The children that are rendered: no layout of the file, no comments. */
const childrenOf = (parent: Parent): ts.JsxChild[] =>
  parent.children.filter(
    (child) =>
      !(ts.isJsxText(child) && child.containsOnlyTriviaWhiteSpaces) &&
      !(ts.isJsxExpression(child) && child.expression === undefined),
  );

const expressionOf = (child: ts.Node): ts.Expression | undefined =>
  ts.isJsxExpression(child) ? child.expression : undefined;

/** What an expression may be: the branches of its conditions. */
function branchesOf(expression: ts.Expression): ts.Expression[] {
  if (ts.isParenthesizedExpression(expression)) return branchesOf(expression.expression);
  if (ts.isConditionalExpression(expression)) return [expression.whenTrue, expression.whenFalse].flatMap(branchesOf);
  if (!ts.isBinaryExpression(expression)) return [expression];
  const { kind } = expression.operatorToken;
  if (kind === ts.SyntaxKind.AmpersandAmpersandToken) return branchesOf(expression.right);
  if (kind === ts.SyntaxKind.BarBarToken || kind === ts.SyntaxKind.QuestionQuestionToken)
    return [expression.left, expression.right].flatMap(branchesOf);
  return [expression];
}

const hasJsx = (node: ts.Node): boolean =>
  isParent(node) || ts.isJsxSelfClosingElement(node) || (ts.forEachChild(node, (inner) => hasJsx(inner)) ?? false);

const isLiteral = (node: ts.Node | undefined): boolean =>
  node !== undefined && ((ts.isStringLiteralLike(node) && node.text !== '') || ts.isTemplateExpression(node));

const isText = (child: ts.Node): boolean => ts.isJsxText(child) || isLiteral(expressionOf(child));

/** A text of its own, or a fragment with one: nothing around it goes with it. */
const isBare = (branch: ts.Expression): boolean =>
  isLiteral(branch) || (ts.isJsxFragment(branch) && childrenOf(branch).some(isText));

const isNothing = (branch: ts.Expression): boolean =>
  branch.kind === ts.SyntaxKind.NullKeyword || (ts.isStringLiteralLike(branch) && branch.text === '');

const isConditional = (child: ts.Node): boolean => {
  const expression = expressionOf(child);
  return expression !== undefined && hasJsx(expression);
};

/** Whether there is a text beside something else in it. */
function isMixed(node: ts.Node): boolean {
  if (isParent(node)) {
    const children = childrenOf(node);
    if (children.length > 1 && children.some(isText)) return true;
  }
  return ts.forEachChild(node, (inner) => isMixed(inner)) ?? false;
}

/** The elements of one kind among branches that React takes for the same element in another state, though their texts differ. */
function confused(branches: ts.Expression[]): ts.Expression[] {
  const unkeyed = branches
    .filter(ts.isJsxElement)
    .filter(({ openingElement: { attributes } }) =>
      attributes.properties.every((property) => property.name?.getText() !== 'key'),
    );
  const tag = (element: ts.JsxElement) => element.openingElement.tagName.getText();
  return unkeyed.filter((element) => {
    const same = unkeyed.filter((other) => tag(other) === tag(element));
    return same.length > 1 && element !== same[0] && same.some(isMixed);
  });
}

function fragileIn(parent: Parent): ts.Node[] {
  const children = childrenOf(parent);
  const hasText = children.some(isText);
  return children.filter((child, at) => {
    const expression = expressionOf(child);
    if (expression === undefined) return false;
    const branches = branchesOf(expression);
    if (children.length === 1)
      return branches.length > 1 && branches.some((one) => ts.isJsxFragment(one) && isBare(one));
    if (branches.length > 1 && branches.some(isBare)) return true;
    if (ts.isTemplateExpression(expression)) return true;
    if (hasText && !isLiteral(expression) && branches.some((one) => !hasJsx(one) && !isNothing(one))) return true;
    // It is put in before its neighbour, which has to be there.
    const next = children.slice(at + 1).find((later) => !isConditional(later));
    return isConditional(child) && next !== undefined && isText(next);
  });
}

type Component = ts.FunctionDeclaration | ts.ArrowFunction;

function isComponent(node: ts.Node): node is Component {
  const name = ts.isFunctionDeclaration(node)
    ? node.name
    : ts.isArrowFunction(node) && ts.isVariableDeclaration(node.parent)
      ? node.parent.name
      : undefined;
  return name !== undefined && /^[A-Z]/.test(name.getText()) && !/^[A-Z_]+$/.test(name.getText());
}

/** What a component may return. */
function returnedBy(component: Component): ts.Expression[] {
  const found: ts.Expression[] = [];
  const look = (node: ts.Node): void => {
    if (ts.isFunctionLike(node)) return;
    if (ts.isReturnStatement(node) && node.expression) found.push(...branchesOf(node.expression));
    ts.forEachChild(node, look);
  };
  const { body } = component;
  if (body === undefined) return [];
  if (ts.isBlock(body)) look(body);
  else found.push(...branchesOf(body));
  return found;
}

/**
 * Finds the texts of a file that React can't change once a browser has translated the page: it puts `font` elements in the place of
 * text nodes, so that a node that React removes, or puts another one before, is not there any more, and one that it changes is not
 * seen. The only text of an element is safe, and so is what goes with its element.
 */
export function fragileTexts(name: string, content: string): string[] {
  const file = ts.createSourceFile(name, content, ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX);
  const found: ts.Node[] = [];
  const look = (node: ts.Node): void => {
    if (isParent(node)) found.push(...fragileIn(node));
    if (ts.isConditionalExpression(node) && !ts.isConditionalExpression(node.parent))
      found.push(...confused(branchesOf(node)));
    if (isComponent(node)) {
      const returned = returnedBy(node);
      found.push(...returned.filter(isBare), ...confused(returned));
    }
    ts.forEachChild(node, look);
  };
  look(file);
  return [...new Set(found)].map(
    (node) =>
      `${name}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}: ${node.getText().replaceAll(/\s+/g, ' ').slice(0, 80)}`,
  );
}
