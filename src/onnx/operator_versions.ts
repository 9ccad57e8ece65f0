/**
 * Which operators of ONNX mean in our operator set, 18, what they meant in a model's own.
 *
 * Source: ONNX, Operators.md and Changelog.md: an operator is listed from the version on from which
 * its inputs and attributes only gained optional ones and its types only became more.
 */

/** The oldest and the newest operator set whose differences are known here. */
export const OLDEST_OPSET = 7;
export const NEWEST_OPSET = 28;

/** Names of operators with the same first version, as text, for reading. */
const unchangedSince: Readonly<Record<number, string>> = {
  7: "Abs Acos Add And ArgMax ArgMin Asin Atan AveragePool Cast Ceil Concat Conv ConvTranspose Cos " +
    "DepthToSpace Div Elu Equal Exp Flatten Floor Gather Gemm GlobalAveragePool GlobalLpPool " +
    "GlobalMaxPool Greater HardSigmoid Identity InstanceNormalization LRN LeakyRelu Less Log " +
    "LpNormalization LpPool MatMul Max MaxPool MaxRoiPool Mean Min Mul Neg Not Or PRelu Pow " +
    "Reciprocal Relu Reshape Selu Shape Sigmoid Sin Size Softplus Softsign SpaceToDepth Sqrt Sub " +
    "Sum Tan Tanh Tile Transpose Xor",
  8: "Expand",
  9: "Acosh Asinh Atanh BatchNormalization Compress Cosh Erf EyeLike IsNaN MaxUnpool " +
    "MeanVarianceNormalization NonZero OneHot Shrink Sign Sinh Where",
  10: "ConvInteger DequantizeLinear IsInf MatMulInteger Mod NonMaxSuppression QLinearConv " +
    "QLinearMatMul QuantizeLinear ReverseSequence RoiAlign Slice ThresholdedRelu TopK",
  11: "BitShift Clip CumSum Det DynamicQuantizeLinear GatherElements GatherND Pad Range " +
    "Resize Round ScatterElements ScatterND Unique",
  12: "Celu Einsum GreaterOrEqual LessOrEqual",
  13: "Hardmax LogSoftmax ReduceSum Softmax Squeeze Unsqueeze",
  14: "HardSwish Trilu",
  15: "CastLike",
  16: "GridSample",
  17: "LayerNormalization",
  18: "BitwiseAnd BitwiseNot BitwiseOr BitwiseXor CenterCropPad Col2Im Mish ReduceL1 ReduceL2 " +
    "ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSumSquare",
};

const since = new Map(
  Object.entries(unchangedSince).flatMap(([version, names]) =>
    names.split(" ").map((name) => [name, Number(version)] as const)
  ),
);

/** The first operator set in which an operator meant what it means in ours; undefined: unknown. */
export function unchangedFrom(operator: string): number | undefined {
  return since.get(operator);
}

/**
 * Attributes that came after our operator set, with the value under which they say nothing new:
 * they are left out then. `"ones"`: a list of nothing but 1.
 */
const later: Readonly<Record<string, Readonly<Record<string, number | string>>>> = {
  AveragePool: { dilations: "ones" },
  // About 8-bit floats, which no graph here holds.
  Cast: { saturate: 1, round_mode: "up" },
  CastLike: { saturate: 1, round_mode: "up" },
  DequantizeLinear: { block_size: 0, output_dtype: 0 },
  QuantizeLinear: { saturate: 1, block_size: 0, output_dtype: 0, precision: 0 },
  Range: { stash_type: 1 },
  SpaceToDepth: { mode: "DCR" },
};

/** What a later attribute must be to be left out; undefined where our operator set has it. */
export function laterAttribute(operator: string, attribute: string): number | string | undefined {
  const known = Object.hasOwn(later, operator) ? later[operator] : {};
  return Object.hasOwn(known, attribute) ? known[attribute] : undefined;
}

/** Values of attributes that our operator set does not have, or no longer. */
const otherModes: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  Pad: { mode: ["wrap"] },
  Resize: { coordinate_transformation_mode: ["half_pixel_symmetric", "tf_half_pixel_for_nn"] },
};

/** Whether an attribute's text means nothing in our operator set. */
export function isOtherMode(operator: string, attribute: string, value: string): boolean {
  const known = Object.hasOwn(otherModes, operator) ? otherModes[operator] : {};
  return Object.hasOwn(known, attribute) && known[attribute].includes(value);
}
