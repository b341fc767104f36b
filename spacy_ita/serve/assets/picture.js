// The picture stays in the browser, as a data URL, until it is sent with the text.
const show = (file) => {
  if (!file) return;
  const reader = new FileReader();
  reader.onload = () => { props.value = reader.result; };
  reader.readAsDataURL(file);
};
element.addEventListener("change", (event) => {
  if (event.target.type === "file") show(event.target.files[0]);
});
element.addEventListener("click", (event) => {
  if (event.target.className === "remove") props.value = "";
});
element.addEventListener("dragover", (event) => event.preventDefault());
element.addEventListener("drop", (event) => {
  event.preventDefault();
  show(event.dataTransfer.files[0]);
});
