/* A caption as the numbers of its words, as `Vocabulary` has them. */

/** The words of a text, in small letters. */
export const split = (text) => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

/** How many letters must be changed, put in or left out, from a to b. */
function distance(a, b) {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const before = row;
    row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = before[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      row[j] = Math.min(change, before[j] + 1, row[j - 1] + 1);
    }
  }
  return row[b.length];
}

/** {numbers, problem}: the first are of the words that are known. */
export function numbered(text, { words, shape }) {
  const length = shape[1];
  const found = split(text);
  const strange = found.filter((word) => !words.includes(word));
  const numbers = found.map((word) => words.indexOf(word) + 1).filter((n) => n);
  const problems = strange.map((word) => {
    const near = words.filter((known) => distance(word, known) <= 1 + word.length / 4);
    return `“${word}”${near.length ? ` (near it: ${near.slice(0, 3).join(", ")})` : ""}`;
  });
  let problem = "";
  if (problems.length) problem = `The model does not know ${problems.join(", ")}.`;
  if (numbers.length > length) problem = `A caption has ${length} words at most.`;
  const whole = [...numbers, ...new Array(length).fill(0)].slice(0, length);
  return { numbers: whole, problem };
}
