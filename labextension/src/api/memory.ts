const MOST = 100;

interface IRemembered {
  etag: string;
  body: string;
}

/** Answers that may still be true: asked again, the server need only say so. */
export class Memory {
  /** Return the headers with which a request asks whether what is known of its answer is still true. */
  headers(request: Request): Record<string, string> {
    const known = request.method === 'GET' ? this._known.get(request.url) : undefined;
    return known ? { 'If-None-Match': known.etag } : {};
  }

  /** Return the answer: what came, or what was known if it still holds. */
  async remember(request: Request, response: Response): Promise<Response> {
    const known = this._known.get(request.url);
    if (response.status === 304 && known) {
      return new Response(known.body, {
        status: 200,
        headers: { 'Content-Type': 'application/json' }
      });
    }
    const etag = response.headers.get('ETag');
    if (request.method === 'GET' && response.ok && etag) {
      const body = await response.clone().text();
      this._known.delete(request.url);
      this._known.set(request.url, { etag, body });
      const [oldest] = this._known.keys();
      if (this._known.size > MOST && oldest !== undefined) {
        this._known.delete(oldest);
      }
    }
    return response;
  }

  private readonly _known = new Map<string, IRemembered>();
}
