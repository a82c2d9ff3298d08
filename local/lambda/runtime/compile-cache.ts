/** Beside the program of the runtime, where there is one: what Node has compiled of the functions. */
export const COMPILE_CACHE = 'compile-cache';
