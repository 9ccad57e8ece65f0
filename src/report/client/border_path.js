/** The outline of a mask. */

/**
 * Edges between cells of 1 and of 0, those in one line joined; none along the picture's border.
 *
 * @param {Uint8Array} mask side² cells
 * @param {number} side
 */
export function borderPath(mask, side) {
  const pieces = [];
  for (let line = 1; line < side; line++) {
    let [across, down] = [-1, -1];
    for (let i = 0; i <= side; i++) {
      const inside = i < side;
      const horizontal = inside && mask[line * side + i] !== mask[(line - 1) * side + i];
      const vertical = inside && mask[i * side + line] !== mask[i * side + line - 1];
      if (horizontal && across < 0) across = i;
      if (!horizontal && across >= 0) {
        pieces.push(`M${across} ${line}H${i}`);
        across = -1;
      }
      if (vertical && down < 0) down = i;
      if (!vertical && down >= 0) {
        pieces.push(`M${line} ${down}V${i}`);
        down = -1;
      }
    }
  }
  return pieces.join("");
}
