// The page of the team. Everything from the service becomes text, never markup.
"use strict";

const $ = (id) => document.getElementById(id);
const SVG = "http://www.w3.org/2000/svg";

function make(tag, text, attributes = {}, children = []) {
  const node = document.createElement(tag);
  if (text !== null) node.textContent = text;
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

function draw(tag, attributes, text) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  if (text !== undefined) node.textContent = text;
  return node;
}

const percent = (p) => `${(100 * p).toFixed(p < 0.1 ? 1 : 0)}%`;
const whole = (n) => n.toLocaleString("en");
const short = (n) => (n < 10000 ? whole(n) : n.toLocaleString("en", { notation: "compact", maximumSignificantDigits: 3 }));

async function ask(path) {
  const answer = await fetch(path);
  const told = await answer.json();
  if (!answer.ok) throw new Error(told.error || `the service answered ${answer.status}`);
  return told;
}

function bars(counts, labels, names) {
  const width = 640, height = 220, floor = height - 24, most = Math.max(...counts, 1);
  const step = Math.min((width - 48) / counts.length, 60);
  const svg = draw("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": names });
  svg.append(draw("line", { class: "axis", x1: 44, x2: width - 4, y1: floor, y2: floor }));
  svg.append(draw("text", { x: 40, y: 18, "text-anchor": "end" }, short(most)), draw("text", { x: 40, y: floor, "text-anchor": "end" }, "0"));
  counts.forEach((count, place) => {
    const tall = (count / most) * (floor - 8);
    const bar = draw("rect", { class: "mark", x: 45 + place * step, y: floor - tall, width: Math.max(step - 1.5, 1), height: tall, rx: 1.5 });
    bar.append(draw("title", {}, `${labels[place]}: ${whole(count)}`));
    svg.append(bar);
  });
  const last = counts.length - 1;
  [[0, "start"], [Math.floor(last / 2), "middle"], [last, "end"]].forEach(([place, anchor]) => {
    if (last < 8 && anchor !== "start") return;
    const x = anchor === "end" ? 45 + (last + 1) * step : 45 + (place + (anchor === "middle" ? 0.5 : 0)) * step;
    svg.append(draw("text", { x, y: height - 6, "text-anchor": anchor }, labels[place]));
  });
  return svg;
}

function overTime(activity) {
  if (!activity.hours.length) return make("p", `Nothing has been asked in ${activity.days} days.`, { class: "hint" });
  const perHour = new Map();
  for (const one of activity.hours) perHour.set(one.at, (perHour.get(one.at) || 0) + one.predictions);
  const first = Math.min(...perHour.keys()), last = Math.max(...perHour.keys());
  const step = last - first > 3 * 86400 ? 86400 : 3600;
  const start = Math.floor(first / step) * step, counts = [], labels = [];
  for (let at = start; at <= last; at += step) {
    let sum = 0;
    for (const [hour, count] of perHour) if (hour >= at && hour < at + step) sum += count;
    counts.push(sum);
    const stamp = new Date(1000 * at).toISOString();
    labels.push(step === 86400 ? stamp.slice(0, 10) : `${stamp.slice(5, 10)} ${stamp.slice(11, 16)}`);
  }
  return bars(counts, labels, `Predictions over time, UTC; ${whole(counts.reduce((a, b) => a + b, 0))} in all`);
}

function spread(activity) {
  const n = activity.bands.length;
  if (!activity.bands.some(Boolean)) return make("p", "No probabilities yet.", { class: "hint" });
  return bars(activity.bands, activity.bands.map((_, place) => `${Math.round((100 * place) / n)}%`), "How many predictions had which probability");
}

function tiles(model, activity) {
  const asked = activity.hours.reduce((sum, one) => sum + one.predictions, 0);
  const mean = activity.hours.reduce((sum, one) => sum + one.predictions * one.mean_probability, 0) / (asked || 1);
  const share = activity.hours.reduce((sum, one) => sum + one.predictions * one.share_contacted, 0) / (asked || 1);
  const told = [
    [whole(asked), `predictions in ${activity.days} days`],
    [asked ? percent(mean) : "–", "mean risk"],
    [asked ? percent(share) : "–", "to be contacted"],
    [model.data && model.data.newest ? model.data.newest : "–", "newest day in the model's data"],
    [model.name || "–", model.path === "compiled" ? "answers, compiled" : "answers as it is"],
  ];
  return told.map(([value, name]) => make("li", null, {}, [make("b", value), make("span", name)]));
}

function tableOf(heads, rows, numbers) {
  const head = make("tr", null, {}, heads.map((name, place) => make("th", name, { scope: "col", class: numbers.includes(place) ? "number" : "" })));
  const body = rows.map((row) => make("tr", null, {}, row.map((cell, place) => {
    const td = make("td", null, { class: numbers.includes(place) ? "number" : "" });
    td.append(cell);
    return td;
  })));
  return [make("thead", null, {}, [head]), make("tbody", null, {}, body)];
}

function atRisk(top) {
  const rows = top.customers.map((one) => [
    String(one[top.id]), percent(one.probability), one.decision,
    one.expected_profit === null || one.expected_profit === undefined ? "–" : one.expected_profit.toFixed(2), one.reason_1 || "",
  ]);
  return tableOf(["Customer", "Risk", "Decision", "Offer earns", "First reason"], rows, [1, 3]);
}

async function begin() {
  try {
    const [model, activity, top] = await Promise.all([ask("/model"), ask("/activity"), ask("/customers")]);
    $("dataset").textContent = model.dataset;
    $("tiles").replaceChildren(...tiles(model, activity));
    $("time").replaceChildren(overTime(activity));
    $("spread").replaceChildren(spread(activity));
    if (activity.shadows.length) {
      $("shadow").hidden = false;
      const rows = activity.shadows.map((one) => [one.version, whole(one.rows), percent(one.mean), percent(one.champion_mean), percent(one.mean_difference), percent(one.decided_otherwise)]);
      const heads = ["Shadow", "Rows", "Its mean risk", "The champion's", "Mean difference", "Decided otherwise"];
      $("beside").replaceChildren(make("table", null, {}, tableOf(heads, rows, [1, 2, 3, 4, 5])));
    }
    $("scored").textContent = top.version ? `As run ${top.version} has scored them.` : "No run has scored anybody yet.";
    $("top").replaceChildren(...atRisk(top));
    $("model").textContent = `Model ${model.version}, SHA-256 ${model.digest}. Promoted by ${model.promoted_by || "nobody on record"}${(model.approved_by || []).length ? `, approved by ${model.approved_by.join(", ")}` : ""}.`;
  } catch (error) {
    const box = make("div", null, { class: "problem", role: "alert" }, [make("h2", "No answer"), make("p", error.message)]);
    document.querySelector("main").replaceChildren(box);
  }
}

begin();
