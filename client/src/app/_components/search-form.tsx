'use client';
import Form, { type FormProps } from 'next/form';

function dropEmpty({ formData }: FormDataEvent): void {
  for (const [name, value] of [...formData]) if (value === '') formData.delete(name);
}

const dropEmptyOf = (form: HTMLFormElement | null): void => {
  form?.addEventListener('formdata', dropEmpty);
};

/** A form that makes an address of the fields that are filled in. Without scripts it has all of them, and proxy.ts leads to this one. */
export const SearchForm = (props: FormProps) => <Form {...props} ref={dropEmptyOf} />;
