/** Line one of every generated file, without the comment sign. */
export const NOTICE = 'Generated from the option table by scripts/generate.mjs. Do not edit.'
