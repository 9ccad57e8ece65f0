/** Why a notebook does not do, and where. */
export interface Failure {
  /** Among all cells, from 1, as an editor counts them; undefined for the whole notebook. */
  readonly cell?: number;
  /** In the cell, from 1. */
  readonly line?: number;
  /** The line's text. */
  readonly source?: string;
  readonly message: string;
}
