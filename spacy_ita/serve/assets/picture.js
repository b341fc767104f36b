// The pictures stay in the browser, as data URLs, until they are sent with the text.
const read = (file) => new Promise((done) => {
  const reader = new FileReader();
  reader.onload = () => done(reader.result);
  reader.readAsDataURL(file);
});
const add = async (files) => {
  props.value = [...props.value, ...await Promise.all([...files].map(read))];
};
element.addEventListener("change", (event) => {
  if (event.target.type === "file") add(event.target.files);
});
element.addEventListener("click", (event) => {
  if (event.target.className !== "remove") return;
  props.value = props.value.filter((_, number) => number !== Number(event.target.dataset.number));
});
element.addEventListener("dragover", (event) => event.preventDefault());
element.addEventListener("drop", (event) => {
  event.preventDefault();
  add(event.dataTransfer.files);
});
