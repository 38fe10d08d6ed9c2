/** Whether the CLI above the provider process displays details. */
import { displaysDetails, type Process } from "../../provider/engine/display.ts";

/** From the parent of the provider process upwards. */
function above(...commands: string[]): (pid: number) => Process | undefined {
  return (pid) => {
    const command = commands[pid - 10];
    return command === undefined ? undefined : { parent: pid + 1, command: command.split(" ") };
  };
}

test.each<[string, string[], boolean]>([
  ["pulumi preview --diff", ["pulumi preview --diff"], true],
  ["the whole path of the CLI", ["/opt/pulumi/bin/pulumi up --diff --yes"], true],
  [
    "a launcher in between",
    ["/bin/sh /opt/pulumi-resource-pulumi-nodejs 127.0.0.1:1", "pulumi preview --diff=true"],
    true,
  ],
  ["--diff=false", ["pulumi preview --diff=false"], false],
  ["the last flag counts", ["pulumi preview --diff --diff=false"], false],
  ["after --", ["pulumi preview -- --diff"], false],
  ["no --diff", ["pulumi preview --json"], false],
  ["--diff with --json", ["pulumi preview --diff --json"], false],
  ["the CLI of another tool above", ["pulumi up --yes", "make --diff"], false],
  ["no CLI", ["node jest.js --diff"], false],
  ["a process that cannot be read", [], false],
])("%s", (_, commands, expected) => {
  expect(displaysDetails({}, 10, above(...commands))).toBe(expected);
});

test("the CLI's own environment variable counts too", () => {
  expect(displaysDetails({ PULUMI_OPTION_DIFF: "true" }, 10, above("pulumi preview"))).toBe(true);
});

test("the variable yields to the flags", () => {
  const env = { PULUMI_OPTION_DIFF: "true" };
  expect(displaysDetails(env, 10, above("pulumi preview --diff=false"))).toBe(false);
  expect(displaysDetails(env, 10, above("pulumi preview --json"))).toBe(false);
});

test("the processes above this one can be read", () => {
  expect(displaysDetails({}, process.ppid)).toBe(false);
});
