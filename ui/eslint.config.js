/** Biome lints everything else; these are the rules of React that it does not have. */
import parser from '@babel/eslint-parser';
import hooks from 'eslint-plugin-react-hooks';

export default [
  {
    files: ['src/**/*.{ts,tsx}'],
    plugins: { 'react-hooks': hooks },
    languageOptions: {
      parser,
      parserOptions: {
        requireConfigFile: false,
        babelOptions: { babelrc: false, configFile: false, parserOpts: { plugins: ['typescript', 'jsx'] } },
      },
    },
    rules: {
      ...hooks.configs['recommended-latest'].rules,
      'react-hooks/exhaustive-deps': 'off', // Biome has it
      'react-hooks/incompatible-library': 'off', // they speak to React's compiler, which the page does without,
      'react-hooks/preserve-manual-memoization': 'off', // and so does this one
      'react-hooks/set-state-in-effect': 'off', // what is measured, or starts anew with a connection, is known there only
    },
  },
];
