/** Markup, in which all text is escaped. */
export class Html {
  readonly markup: string;
  constructor(markup: string) {
    this.markup = markup;
  }
}

const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0) ?? 0};`);

const render = (value: string | Html | readonly Html[]): string =>
  typeof value === 'string'
    ? escape(value)
    : value instanceof Html
      ? value.markup
      : value.map(({ markup }) => markup).join('');

/** Builds markup from a template: text in it is escaped, markup is not. */
export const html = (parts: TemplateStringsArray, ...values: (string | Html | readonly Html[])[]): Html =>
  new Html(String.raw({ raw: parts }, ...values.map(render)));
