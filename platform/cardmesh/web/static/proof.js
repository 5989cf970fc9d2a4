// Checks an order's proofs: every hash and the signature are computed here, by RFC 6962 and RFC 9162 §2.1.
"use strict";
const $ = (id) => document.getElementById(id);
const words = JSON.parse($("words").textContent);
const fill = (text, n) => text.replace("{n}", n);
const same = (a, b) => a.length === b.length && a.every((byte, at) => byte === b[at]);
const bytesOf = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
const remembered = (key) => {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null;
  }
};

async function sha256(...parts) {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  parts.reduce((at, part) => (whole.set(part, at), at + part.length), 0);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", whole));
}
const leafHash = (content) => sha256([0], content);
const nodeHash = (left, right) => sha256([1], left, right);

// Sizes may pass 2^32, so halving is arithmetic, not shifting.
const half = (number) => Math.floor(number / 2);

async function included(leaf, index, size, path, root) {
  if (!(index >= 0 && index < size)) return false;
  let [place, last, reached] = [index, size - 1, leaf];
  for (const step of path.map(bytesOf)) {
    if (last === 0) return false;
    if (place % 2 || place === last) {
      reached = await nodeHash(step, reached);
      while (place % 2 === 0 && place) [place, last] = [half(place), half(last)];
    } else reached = await nodeHash(reached, step);
    [place, last] = [half(place), half(last)];
  }
  return last === 0 && same(reached, bytesOf(root));
}

async function consistent(first, second, path) {
  if (first.size === second.size) return first.root === second.root;
  const steps = path.map(bytesOf);
  if (Number.isInteger(Math.log2(first.size))) steps.unshift(bytesOf(first.root));
  let [place, last] = [first.size - 1, second.size - 1];
  while (place % 2) [place, last] = [half(place), half(last)];
  let old = steps[0];
  let now = steps[0];
  for (const step of steps.slice(1)) {
    if (last === 0) return false;
    if (place % 2 || place === last) {
      [old, now] = [await nodeHash(step, old), await nodeHash(step, now)];
      while (place % 2 === 0 && place) [place, last] = [half(place), half(last)];
    } else now = await nodeHash(now, step);
    [place, last] = [half(place), half(last)];
  }
  return last === 0 && same(old, bytesOf(first.root)) && same(now, bytesOf(second.root));
}

// true, false, or null when this browser cannot tell.
async function signed(head, key) {
  const message = new Uint8Array(50);
  const view = new DataView(message.buffer);
  message[1] = 1;
  view.setBigUint64(2, BigInt(head.timestamp_ms));
  view.setBigUint64(10, BigInt(head.size));
  message.set(bytesOf(head.root), 18);
  let imported;
  try {
    imported = await crypto.subtle.importKey("raw", bytesOf(key.public_key), "Ed25519", false, ["verify"]);
  } catch {
    return null;
  }
  return head.key === key.id && crypto.subtle.verify("Ed25519", imported, bytesOf(head.signature), message);
}

async function ask(path, token) {
  const answer = await fetch(`/api${path}`, { headers: { Accept: "application/json", "X-Order-Token": token } });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

async function grown(head, token) {
  const before = remembered("cm.log");
  if (!before) return null;
  if (before.size > head.size) return false;
  const proof = before.size < head.size ? await ask(`/log/consistency?first=${before.size}&second=${head.size}`, token) : { path: [] };
  return consistent(before, head, proof.path);
}

async function stepHolds(step, unit, head) {
  const said = JSON.parse(step.leaf.text);
  const leaf = await leafHash(new TextEncoder().encode(step.leaf.text));
  if (!(await included(leaf, step.leaf.index, head.size, step.path, head.root))) return false;
  if (!step.batch) return said.key === unit.key;
  const { position, keys, path } = step.batch;
  return said.keys === keys && included(await leafHash(bytesOf(unit.key)), position, keys, path, said.root);
}

const salesOf = (unit) => unit.steps.filter(({ leaf }) => JSON.parse(leaf.text).event === "sold").length;

function check(name, holds) {
  const row = document.createElement("li");
  row.className = holds === null ? "unknown" : holds ? "good" : "bad";
  row.textContent = words[name][holds === null ? 2 : holds ? 0 : 1];
  return row;
}

function unitBox(unit) {
  const box = document.createElement("article");
  const [title, name, events] = ["h3", "p", "ol"].map((tag) => document.createElement(tag));
  title.textContent = fill(words.unit, unit.unit);
  name.className = "mono";
  name.textContent = `${words.name} ${unit.key}`;
  for (const { leaf } of unit.steps) {
    const [row, event, place] = ["li", "span", "span"].map((tag) => document.createElement(tag));
    [event.className, place.className] = ["event", "leaf"];
    [event.textContent, place.textContent] = [words.events[leaf.event] ?? leaf.event, fill(words.leaf, leaf.index)];
    row.append(event, place);
    events.append(row);
  }
  box.append(title, name, events);
  return box;
}

function conclude(kind, text) {
  $("verdict").className = `verdict ${kind}`;
  $("verdict").textContent = text;
}

function showFacts(answer) {
  const { head, log_key: key } = answer;
  const facts = [head.size, head.root, `${key.id} · ${key.public_key}`, new Date(head.timestamp_ms).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "long" })];
  document.querySelectorAll("#more dd").forEach((place, at) => (place.textContent = facts[at]));
  $("raw").textContent = JSON.stringify(answer, null, 2);
}

async function judge(answer, units, token) {
  const { head, log_key: key } = answer;
  const results = { signed: await signed(head, key), grown: await grown(head, token), contained: true, once: true };
  for (const unit of units) {
    for (const step of unit.steps) results.contained &&= await stepHolds(step, unit, head);
    results.once &&= salesOf(unit) === 1;
  }
  const sound = !Object.values(results).includes(false);
  if (sound && results.signed) localStorage.setItem("cm.log", JSON.stringify({ size: head.size, root: head.root }));
  document.querySelector(".checks").replaceChildren(...Object.entries(results).map(([name, holds]) => check(name, holds)));
  document.querySelectorAll("#keys article").forEach((old) => old.remove());
  $("keys").append(...units.map(unitBox));
  for (const id of ["checks", "keys", "more"]) $(id).hidden = false;
  showFacts({ ...answer, data: units });
  if (!sound) return conclude("bad", words.bad);
  conclude(results.signed ? "good" : "", results.signed ? fill(words.ok, units.length) : words.unsigned);
}

// All pages of one answer stand under one head; should a new one be signed in between, begin again.
async function gather(number, token) {
  const path = `/orders/${encodeURIComponent(number)}/proofs?limit=100`;
  const first = await ask(path, token);
  const units = [...first.data];
  for (let page = first; page.has_more; ) {
    page = await ask(`${path}&after=${page.next_cursor}`, token);
    if (page.head.size !== first.head.size) return gather(number, token);
    units.push(...page.data);
  }
  return [first, units];
}

async function run() {
  const number = new URLSearchParams(location.search).get("number") ?? "";
  const token = remembered("cm.orders")?.[number]?.token;
  $("number").textContent = number;
  $("back").href = `/order/?number=${encodeURIComponent(number)}`;
  if (!token) return conclude("bad", words.missing);
  const [answer, units] = await gather(number, token);
  if (!units.length) return conclude("", words.empty);
  if (units.some((unit) => !salesOf(unit))) {
    conclude("", words.pending);
    return setTimeout(start, 3000);
  }
  return judge(answer, units, token);
}

function start() {
  run().catch((error) => (error.message === "404" ? (conclude("", words.pending), setTimeout(start, 3000)) : conclude("bad", words.failed)));
}
start();
