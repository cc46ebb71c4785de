// The page of the person on the phone. Everything from the service becomes text, never markup.
"use strict";

const $ = (id) => document.getElementById(id);
const SVG = "http://www.w3.org/2000/svg";
let asked = { fields: [] };

function make(tag, text, attributes = {}, children = []) {
  const node = document.createElement(tag);
  if (text !== null) node.textContent = text;
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

function draw(tag, attributes) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

const inWords = (rule) => rule.replace(/,? or null/, "");  // null is what an empty field becomes
const percent = (p) => `${(100 * p).toFixed(p < 0.1 ? 1 : 0)}%`;

async function ask(path, options) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch {
    throw { error: "The service does not answer. Try again in a moment.", problems: [] };
  }
  const told = await answer.json();
  if (!answer.ok) throw { ...told, code: answer.status };
  return told;
}

function show(...nodes) {
  $("result").replaceChildren(...nodes);
  $("result").focus();
}

function showProblem(title, problem) {
  const listed = (problem.problems || []).map((one) => make("li", `${labelOf(one.field)}: ${inWords(one.rule)}`));
  const box = make("div", null, { class: "problem", role: "alert" }, [make("h2", title)]);
  box.append(listed.length ? make("ul", null, {}, listed) : make("p", problem.error || "Something went wrong."));
  show(box);
}

function labelOf(name) {
  const field = asked.fields.find((one) => one.name === name);
  return field ? field.label : name || "the form";
}

function riskBar(told, line) {
  const svg = draw("svg", { class: "bar", viewBox: "0 0 100 10", preserveAspectRatio: "none", role: "img" });
  svg.setAttribute("aria-label", `Risk ${percent(told.probability)}`);
  const side = told.decision === "contact" ? "value" : "value leave";
  svg.append(draw("rect", { class: "ground", width: 100, height: 10, rx: 1.2 }));
  svg.append(draw("rect", { class: side, width: Math.max(100 * told.probability, 0.4), height: 10, rx: 1.2 }));
  if (line !== null && line <= 1) {
    const at = 100 * line;
    svg.append(draw("line", { class: "line", x1: at, x2: at, y1: -1.5, y2: 11.5, "vector-effect": "non-scaling-stroke" }));
  }
  return svg;
}

function offerBox(told) {
  const { currency, offer_cost: cost } = told.offer;
  const worth = told.expected_profit;
  const known = worth === null ? "What an offer would earn is not known." :
    `Expected to earn ${worth.toFixed(2)} ${currency}${typeof cost === "number" ? `, after the ${cost} ${currency} it costs` : ""}.`;
  const contact = told.decision === "contact";
  return make("div", null, { class: contact ? "offer" : "offer leave" }, [
    make("b", contact ? "Make the offer" : "Leave them alone"),
    make("span", contact ? known : `An offer would cost more than it brings. ${known}`),
  ]);
}

function reasonsList(told) {
  const items = told.reasons.map((one) => {
    const up = one.contribution > 0;
    const words = one.reason.replace(/, lowers the risk$/, "");
    return make("li", null, {}, [
      make("span", up ? "▲" : "▼", { class: up ? "sign" : "sign down", "aria-hidden": "true" }),
      make("span", `${words[0].toUpperCase()}${words.slice(1)}${up ? "" : " (speaks for staying)"}`),
    ]);
  });
  return make("section", null, {}, [make("h2", "Why"), make("ul", null, { class: "reasons" }, items)]);
}

function lowerTable(told) {
  const section = make("section", null, {}, [make("h2", "What would lower the risk most")]);
  if (!told.lower.length) {
    section.append(make("p", "No single change would, as the model sees it.", { class: "hint" }));
    return section;
  }
  const rows = told.lower.map((one) => make("tr", null, {}, [
    make("td", one.label), make("td", `${one.from} → ${one.to}`), make("td", percent(one.probability)),
  ]));
  const head = make("tr", null, {}, ["Column", "From, to", "Risk then"].map((name) => make("th", name, { scope: "col" })));
  head.lastChild.className = "number";
  section.append(
    make("table", null, { class: "lower" }, [make("thead", null, {}, [head]), make("tbody", null, {}, rows)]),
    make("p", "Customers who differ in that alone. It is what the model sees, and no promise.", { class: "hint" }),
  );
  return section;
}

function showAnswer(told, line) {
  const article = make("article", null, {});
  if (told.customer) article.append(make("p", `Customer ${told.customer}`, { class: "who" }));
  article.append(
    make("div", null, { class: "risk" }, [make("b", percent(told.probability)), make("span", "risk of leaving")]),
    riskBar(told, line),
    make("p", line !== null && line <= 1 ? `The mark is at ${percent(line)}: beyond it an offer pays.` : "", { class: "legend" }),
    offerBox(told), reasonsList(told), lowerTable(told),
  );
  if (told.unusual) {
    const names = told.unusual.map((one) => labelOf(one.field)).join(", ");
    article.append(make("p", `Unlike anything in training: ${names}. Take the risk with care.`, { class: "flag" }));
  }
  show(article);
}

let model = { threshold: null };
const line = () => (model.decides_by === "probability" ? model.threshold : null);

async function find(event) {
  event.preventDefault();
  const id = $("customer").value.trim();
  if (!id) return showProblem("No customer id", { error: "Type the id of a customer, or fill in the form." });
  try {
    const told = await ask(`/customers/${encodeURIComponent(id)}`);
    fill(told.request);
    showAnswer(told, line());
  } catch (problem) {
    showProblem(problem.code === 404 ? "Nobody of that id" : "No answer", problem);
  }
}

async function work(event) {
  event.preventDefault();
  clearMarks();
  try {
    const body = JSON.stringify(Object.fromEntries(asked.fields.map((field) => [field.name, valueOf(field)])));
    showAnswer(await ask("/explain", { method: "POST", headers: { "Content-Type": "application/json" }, body }), line());
  } catch (problem) {
    for (const one of problem.problems || []) mark(one);
    showProblem("Please correct the form", problem);
  }
}

function valueOf(field) {
  const text = $(`field-${field.name}`).value.trim();
  if (text === "") return null;
  const number = Number(text.replace(",", "."));
  return field.kind === "number" && !Number.isNaN(number) ? number : text;
}

function clearMarks() {
  for (const node of document.querySelectorAll(".wrong")) node.remove();
  for (const node of document.querySelectorAll("[aria-invalid]")) {
    node.removeAttribute("aria-invalid");
    node.removeAttribute("aria-describedby");
  }
}

function mark(problem) {
  const input = $(`field-${problem.field}`);
  if (!input) return;
  const id = `wrong-${problem.field}`;
  input.setAttribute("aria-invalid", "true");
  input.setAttribute("aria-describedby", id);
  input.after(make("p", `Expected ${inWords(problem.rule)}.`, { class: "wrong", id }));
}

function fill(request) {
  clearMarks();
  for (const field of asked.fields) {
    const value = request[field.name];
    const input = $(`field-${field.name}`);
    if (field.kind === "date" && typeof value === "number") {
      input.value = new Date(Date.parse(field.since) + 864e5 * value).toISOString().slice(0, 10);
    } else {
      input.value = value === null || value === undefined ? "" : String(value);
    }
  }
}

function inputOf(field) {
  const id = `field-${field.name}`;
  const unit = make("span", field.unit ? ` · ${field.unit}` : "", { class: "unit" });
  const label = make("label", field.label[0].toUpperCase() + field.label.slice(1), { for: id }, [unit]);
  let input;
  if (field.kind === "category" && field.levels.length <= 30) {
    const options = [make("option", "not known", { value: "" }), ...field.levels.map((one) => make("option", one, { value: one }))];
    input = make("select", null, { id }, options);
  } else if (field.kind === "category") {
    const list = make("datalist", null, { id: `${id}-list` }, field.levels.map((one) => make("option", null, { value: one })));
    input = make("input", null, { id, list: `${id}-list`, autocomplete: "off" });
    return make("div", null, {}, [label, input, list]);
  } else if (field.kind === "date") {
    input = make("input", null, { id, type: "date" });
  } else {
    const usual = field.low === null ? "" : `${short(field.low)} to ${short(field.high)}`;
    input = make("input", null, { id, inputmode: "decimal", autocomplete: "off", placeholder: usual });
  }
  return make("div", null, {}, [label, input]);
}

const short = (value) => Number(value.toPrecision(3)).toLocaleString("en");

async function begin() {
  $("find").addEventListener("submit", find);
  $("form").addEventListener("submit", work);
  $("form").addEventListener("reset", clearMarks);
  try {
    [asked, model] = await Promise.all([ask("/fields"), ask("/model")]);
  } catch (problem) {
    return showProblem("The service is not ready", problem);
  }
  $("dataset").textContent = asked.dataset;
  $("fields").replaceChildren(...asked.fields.map(inputOf));
  if (asked.example) fill(asked.example);
  const age = model.data && model.data.newest ? `, data up to ${model.data.newest}` : "";
  $("model").textContent = `Model ${model.version}${age}. A probability is no certainty; reasons are what the model looks at.`;
}

begin();
