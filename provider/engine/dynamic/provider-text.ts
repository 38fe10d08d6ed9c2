/**
 * The text in a stack's state that refers to the code of a resource. Pulumi's dynamic-provider process evaluates it as a
 * CommonJS module in each up, refresh and destroy, even years later and without the program. Released texts are kept in
 * tests/golden/provider-text and must always work; a changed text is an update of every resource of every stack.
 *
 * The package is found from the program's folder, as `require` finds it; else from Pulumi's SDK, where pnpm puts the
 * packages that only a library of the program depends on. `process.argv[1]` is the script of the process, in that SDK.
 * The state of every resource contains it twice, so it is short and has no characters that JSON escapes.
 */
export function providerText(kind: string): string {
  return `exports.handler=()=>require(require.resolve('pulumi-qwilt/provider',{paths:[process.cwd(),process.argv[1]]})).dynamicProvider('${kind}')`;
}
