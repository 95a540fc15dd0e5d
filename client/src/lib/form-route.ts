/** Handles the POST of a form; responds with 400 when the body is not a form. */
export const formRoute =
  (handle: (form: FormData) => Promise<Response>) =>
  async (request: Request): Promise<Response> => {
    let form: FormData;
    try {
      form = await request.formData();
    } catch {
      return new Response('This address expects a form.', { status: 400 });
    }
    return handle(form);
  };

/** Redirects (303) to a page, as the response to a form, and sets cookies by their Set-Cookie headers. */
export function goTo(path: string, cookies: readonly string[] = []): Response {
  const headers = new Headers({ Location: path, 'Cache-Control': 'no-store' });
  for (const cookie of cookies) headers.append('Set-Cookie', cookie);
  return new Response(null, { status: 303, headers });
}
