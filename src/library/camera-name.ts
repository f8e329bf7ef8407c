/** "Canon EOS R6", "Apple iPhone 14 Pro": maker and model, the maker once. Some write it in front of the model themselves. */
export function cameraName({ make, model }: { readonly make?: string; readonly model?: string }): string {
  if (make === undefined || model === undefined) return make ?? model ?? "";
  const isSaid = `${model.toLowerCase()} `.startsWith(`${make.toLowerCase()} `);
  return isSaid ? model : `${make} ${model}`;
}
