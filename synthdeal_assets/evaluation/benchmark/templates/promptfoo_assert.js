// How far an answer is from the true levels: passes where it is nearer than always saying 2.
const fs = require("fs");
const path = require("path");

const GUESS = 2;
const HIGHEST = 3;
const truth = new Map(
  fs
    .readFileSync(path.join(__dirname, "key.jsonl"), "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line))
    .map((one) => [one.case_id, one.levels]),
);

// The object in the output, which may stand in a text; its levels may stand at the top, in `levels` or in `elements`.
const levelsIn = (output) => {
  const text = typeof output === "string" ? output : JSON.stringify(output);
  const answer = JSON.parse(text.slice(text.indexOf("{"), text.lastIndexOf("}") + 1));
  return answer.levels ?? answer.elements ?? answer;
};

module.exports = (output, { vars }) => {
  const levels = truth.get(vars.case_id);
  let said;
  try {
    said = levelsIn(output);
  } catch {
    return { pass: false, score: 0, reason: "The output holds no JSON object." };
  }
  const elements = Object.keys(levels).filter((element) => Number.isInteger(said[element]?.level ?? said[element]));
  if (!elements.length) {
    return { pass: false, score: 0, reason: "The output holds no level of an element of MEDDPICC." };
  }
  const mean = (distance) => elements.reduce((sum, element) => sum + distance(element), 0) / elements.length;
  const error = mean((element) => Math.abs((said[element]?.level ?? said[element]) - levels[element]));
  const guess = mean((element) => Math.abs(GUESS - levels[element]));
  return {
    pass: error < guess || error === 0,
    score: Math.max(0, 1 - error / HIGHEST),
    reason: `Mean distance from the true levels ${error.toFixed(2)}; always saying ${GUESS}: ${guess.toFixed(2)}.`,
    namedScores: { level_error: error, always_2: guess },
  };
};
