// Pulumi serializes this text into every resource's state and runs it by `require` in later releases: refresh and
// destroy run the text of the state. Never change a byte of the functions below (tests/plugin pins them), never let a
// compiler, bundler or coverage tool rewrite this file, never remove the path "pulumi-qwilt/provider".
exports.dynamicProvider = (kind) => ({
  configure: (req) => require("pulumi-qwilt/provider").configure(req),
  check: (olds, news) => require("pulumi-qwilt/provider").check(kind, olds, news),
  diff: (id, olds, news) => require("pulumi-qwilt/provider").diff(kind, id, olds, news),
  create: (inputs) => require("pulumi-qwilt/provider").create(kind, inputs),
  read: (id, props) => require("pulumi-qwilt/provider").read(kind, id, props),
  update: (id, olds, news) => require("pulumi-qwilt/provider").update(kind, id, olds, news),
  delete: (id, props) => require("pulumi-qwilt/provider").delete(kind, id, props),
});
