// The messages of a case. The key is never read here.
const fs = require("fs");
const path = require("path");

const read = (name) => fs.readFileSync(path.join(__dirname, name), "utf8");
const instructions = read("instructions.txt");
const prompts = new Map(
  read("cases.jsonl")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line))
    .map((one) => [one.case_id, one.prompt]),
);

// promptfoo fills in what stands in braces; a deal is data, whatever it says.
const asItIs = (text) => `{% raw %}${text}{% endraw %}`;

module.exports = ({ vars }) => [
  { role: "system", content: asItIs(instructions) },
  { role: "user", content: asItIs(prompts.get(vars.case_id)) },
];
