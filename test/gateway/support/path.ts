/** Lets commands be found in this folder first; answers how to end that. */
export function putOnPath(folder: string): () => void {
  const before = process.env.PATH;
  process.env.PATH = `${folder}:${before}`;
  return () => {
    process.env.PATH = before;
  };
}
