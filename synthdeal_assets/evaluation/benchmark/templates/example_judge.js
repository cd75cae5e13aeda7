// A judge that reads nothing and says level 2 of everything: what yours must beat. It needs no key and no network.
const ELEMENTS = [
  "metrics", "economic_buyer", "decision_criteria", "decision_process",
  "paper_process", "identify_pain", "champion", "competition",
];

module.exports = class {
  id() {
    return "example judge";
  }

  async callApi(prompt) {
    const levels = Object.fromEntries(ELEMENTS.map((element) => [element, 2]));
    return { output: JSON.stringify({ levels, win_probability: 0.3 }), cost: 0 };
  }
};
