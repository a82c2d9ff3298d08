// Keys of the vault under `v1/mounts/`, as rights name them.
export const journal = '*/journal/*';
export const plans = '*/plans/*';
export const packs = '*/uploads/*/packs/*';
export const maps = '*/uploads/*/maps/*';
export const logs = '*/uploads/*/logs/*';
export const manifest = '*/uploads/*/manifest-*';
export const logMaps = '*/uploads/*/logs/*.map.json.zst';
export const deletions = '*/deletions/*';
export const fileMaps = '*/uploads/*/file-map-*';
export const judgements = '*/uploads/*/judgement-*';
