// What tests/real-chain.sh needs of a chain: genesis specs out of subtensor's history, calls to the node, and a comparison of
// what a log has with what the node says. Runs in the folder where chopsticks is installed.
//
//   chain.mjs specs GIT_DIR OUT_DIR        one spec a runtime, and the runtimes
//   chain.mjs rpc PORT METHOD [PARAMS]     one JSON-RPC call; prints the result
//   chain.mjs compare PORT < ROWS          rows of block_number and native_id, the last of a height counts

import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

const WebSocket = createRequire(`${process.cwd()}/`)("ws");

// Where in the history of opentensor/subtensor a runtime lies, and in which form.
const RUNTIMES = {
  v103: ["08eabf415c3184886c0df3a6793a07a5615e4879", "raw"],
  v101: ["7c6e2e19d443", "plain"],
  v119: ["258f5485afeb", "raw"],
  v143: ["HEAD:node/src/chain_spec/code_substitute_2585476.txt", "hex"],
  v185: ["5eb8070bf282", "raw"],
  v218: ["HEAD:scripts/specs/raonet.json", "raw"],
};
const CODE = "0x3a636f6465";

function specs(gitDir, out) {
  const show = (name) =>
    execFileSync("git", ["--git-dir", gitDir, "cat-file", "-p", name], { encoding: "utf8", maxBuffer: 1 << 28 });
  const base = show(RUNTIMES.v103[0]);
  for (const [version, [name, form]] of Object.entries(RUNTIMES)) {
    const text = show(name);
    const told = form === "hex" ? null : JSON.parse(text);
    const code = (form === "hex" ? text.trim() : form === "plain" ? told.genesis.runtime.system.code : told.genesis.raw.top[CODE]).replace(/^0x/, "");
    // Only the code of the others is known, or of use: they begin with the state of a chain that is.
    const spec = form === "raw" ? told : JSON.parse(base);
    spec.bootNodes = [];
    spec.genesis.raw.top[CODE] = `0x${code}`;
    writeFileSync(`${out}/${version}.json`, JSON.stringify(spec));
    writeFileSync(`${out}/${version}.wasm`, Buffer.from(code, "hex"));
  }
}

async function connected(port) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`);
  const waiting = new Map();
  socket.on("message", (text) => {
    const { id, result, error } = JSON.parse(text);
    const { resolve, reject } = waiting.get(id);
    error ? reject(new Error(JSON.stringify(error))) : resolve(result);
  });
  await new Promise((resolve, reject) => socket.on("open", resolve).on("error", reject));
  let id = 0;
  const call = (method, params = []) =>
    new Promise((resolve, reject) => {
      waiting.set(++id, { resolve, reject });
      socket.send(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
    });
  return { call, close: () => socket.close() };
}

async function rpc(port, method, params = "[]") {
  const node = await connected(port);
  const result = await node.call(method, JSON.parse(params));
  node.close();
  console.log(typeof result === "string" ? result : JSON.stringify(result));
}

async function compare(port) {
  const heights = new Map();
  for (const line of readFileSync(0, "utf8").split("\n").filter(Boolean)) {
    const { block_number, native_id } = JSON.parse(line);
    heights.set(block_number, native_id);
  }
  const node = await connected(port);
  const head = Number((await node.call("chain_getHeader")).number);
  for (let height = 1; height <= head; height++) {
    const hash = await node.call("chain_getBlockHash", [height]);
    if (heights.get(height) !== hash) throw new Error(`block ${height}: the node has ${hash}, the log ${heights.get(height)}`);
  }
  node.close();
  console.log(`${head} heights as the node has them`);
}

const [verb, ...rest] = process.argv.slice(2);
await { specs, rpc, compare }[verb](...rest);
