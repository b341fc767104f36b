async (text, pictures, la, ga, oca) => {
  const escaped = (value) => {
    const node = document.createElement("p");
    node.textContent = value;
    return node.innerHTML;
  };
  const failure = (detail) => [`<p class="error" role="alert">${escaped(detail)}</p>`];
  const form = new FormData();
  form.append("text", text || "");
  for (const [name, value] of Object.entries({ la, ga, oca, draw: true })) form.append(name, value);
  for (const url of pictures) form.append("picture", await (await fetch(url)).blob(), "picture");
  const button = document.querySelector("#run");
  button.disabled = true;
  try {
    const response = await fetch("annotate", { method: "POST", body: form });
    const answer = await response.json();
    if (!response.ok) return failure(answer.detail);
    const { text: plain, image, alignments, picture: drawn } = answer.drawn;
    const nothing = `<p class="hint">Add a picture to read the text with it.</p>`;
    const failed = [
      ...answer.failed.map((name) => `${name} gave nothing`),
      ...answer.broken.map(({ picture, detail }) => `Picture ${picture + 1}: ${detail}`),
    ].map((line) => `<p class="error">${escaped(line)}</p>`);
    return [
      `<div class="views">
         <section id="view-text"><h3>T: the text alone</h3>${plain}</section>
         <section id="view-image"><h3>I+T: with the picture</h3>${image ?? nothing}</section>
       </div>
       ${failed.join("")}
       ${drawn ? `<img class="drawn" src="${drawn}" alt="The pictures with what is seen in them">` : ""}
       <div class="alignments">${alignments}</div>`,
    ];
  } catch {
    return failure("The server can't be reached.");
  } finally {
    button.disabled = false;
    // where the columns stand above one another, the answer is below the screen
    const shown = document.querySelector("#answer");
    if (innerWidth < 640) setTimeout(() => shown.scrollIntoView({ behavior: "smooth" }), 50);
  }
}
