/** One bucket behind an S3 gateway whose security is off: it wants a signature of the right form, and does not check it. */

export interface Bucket {
  /** Done when it is there. */
  make(): Promise<void>;
  put(key: string, body: Uint8Array): Promise<void>;
  get(key: string): Promise<Uint8Array>;
}

const requestMs = 20_000;

/** Each call throws Error with the answer's status. */
export function bucketAt(endpoint: string, name: string): Bucket {
  const ask = async (method: string, path: string, body?: Uint8Array): Promise<Uint8Array> => {
    const date = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');
    const scope = `demo/${date.slice(0, 8)}/us-east-1/s3/aws4_request`;
    const response = await fetch(`${endpoint}/${name}${path}`, {
      method,
      headers: {
        authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=00`,
        'x-amz-date': date,
        'x-amz-content-sha256': 'UNSIGNED-PAYLOAD',
      },
      signal: AbortSignal.timeout(requestMs),
      ...(body === undefined ? {} : { body: Buffer.from(body) }),
    });
    const bytes = new Uint8Array(await response.arrayBuffer());
    if (response.ok) return bytes;
    throw new Error(`${method} ${path} was answered with ${response.status}: ${Buffer.from(bytes).toString().slice(0, 200)}`);
  };
  return {
    async make() {
      await ask('PUT', '').catch((thrown: Error) => {
        if (!/ 409: /.test(thrown.message)) throw thrown;
      });
    },
    async put(key, body) {
      await ask('PUT', `/${key}`, body);
    },
    get: (key) => ask('GET', `/${key}`),
  };
}
