// node comment.mjs FILE: posts FILE as the one comment of the pull request (GitHub) or merge request (GitLab) about STACK.
// Later runs update that comment.
import { readFileSync } from "node:fs";

const env = (name) => {
  const value = process.env[name];
  if (!value) throw new Error(`the variable ${name} is not set`);
  return value;
};

/** Both APIs: where the comments are, and which of them this job may have written. */
function host() {
  if (process.env.GITLAB_CI) {
    const project = `${env("CI_API_V4_URL")}/projects/${env("CI_PROJECT_ID")}`;
    const notes = `${project}/merge_requests/${env("CI_MERGE_REQUEST_IID")}/notes`;
    const headers = { "PRIVATE-TOKEN": env("GITLAB_TOKEN") };
    const me = async () => (await call("GET", `${env("CI_API_V4_URL")}/user`, headers)).id;
    return { headers, list: notes, one: (id) => `${notes}/${id}`, update: "PUT", me, author: (note) => note.author.id };
  }
  const issues = `${env("GITHUB_API_URL")}/repos/${env("GITHUB_REPOSITORY")}/issues`;
  const headers = { authorization: `Bearer ${env("GITHUB_TOKEN")}`, accept: "application/vnd.github+json" };
  // The author of comments that are posted with the job's own GITHUB_TOKEN.
  const me = async () => process.env.COMMENT_AUTHOR || "github-actions[bot]";
  return {
    headers,
    list: `${issues}/${env("PULL_REQUEST")}/comments`,
    one: (id) => `${issues}/comments/${id}`,
    update: "PATCH",
    me,
    author: (comment) => comment.user?.login,
  };
}

async function call(method, url, headers, body) {
  const answer = await fetch(url, {
    method,
    headers: { ...headers, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${method} ${url} returned ${answer.status}: ${await answer.text()}`);
  return answer.json();
}

const { headers, list, one, update, me, author } = host();
// Invisible in the rendered comment.
const marker = `<!-- pulumi-qwilt report: ${env("STACK")} -->`;
const body = `${marker}\n${readFileSync(process.argv[2], "utf8")}`;

/** Somebody else's comment is never updated: its author could change the report afterwards. */
async function earlier() {
  const self = await me();
  for (let page = 1; ; page += 1) {
    const comments = await call("GET", `${list}?per_page=100&page=${page}`, headers);
    const found = comments.find((comment) => author(comment) === self && comment.body.startsWith(marker));
    if (found !== undefined || comments.length < 100) return found;
  }
}

const comment = await earlier();
if (comment === undefined) await call("POST", list, headers, { body });
else await call(update, one(comment.id), headers, { body });
