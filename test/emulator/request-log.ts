/** What is remembered of every request, so that a test can ask what a client really sent. */

export interface LoggedRequest {
  /** When the headers arrived, by the emulator's clock. */
  readonly atMs: number;
  readonly method: string;
  /** Without `/v2` and without the query. */
  readonly path: string;
  /** As sent, without `?`; `""` if there was none. */
  readonly query: string;
  /** `null` while there is no answer, and for ever if the connection was cut before one. */
  readonly status: number | null;
  /** Id of the key in `Authorization`, even of a dead one; `null` if it is none of ours. */
  readonly callerKeyId: string | null;
  readonly userAgent: string;
  /** Whether a scripted fault had a part in the answer. */
  readonly faulted: boolean;
}

/** An entry that its request completes as it goes along. */
export type OpenRequest = { -readonly [Field in keyof LoggedRequest]: LoggedRequest[Field] };
