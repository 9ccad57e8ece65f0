/**
 * What EfficientNets are made of, whatever a checkpoint calls its parts: a stem, seven stages of
 * inverted bottlenecks ("MBConv"), a head; scaled in width and depth.
 *
 * Source: Tan and Le, EfficientNet (ICML 2019), table 1 and equation 3; the Lite variants of
 * TensorFlow's model garden (2020).
 */

/** How an EfficientNet differs from B0. */
export interface Scaling {
  /** Channels are multiplied by it and rounded to multiples of 8. */
  readonly width: number;
  /** The blocks of a stage are multiplied by it and rounded up. */
  readonly depth: number;
  /**
   * No squeeze-and-excite; stem and head are not scaled, and neither are the numbers of blocks of
   * the first and last stage.
   */
  readonly lite?: boolean;
}

/**
 * One inverted bottleneck: 1×1 expansion (if any), depthwise convolution, squeeze-and-excite (if
 * any), 1×1 projection; its input is added where channels and size stay.
 */
export interface Block {
  /** 1 to 7. */
  readonly stage: number;
  /** From 0 within the stage, and from 0 within the network. */
  readonly inStage: number;
  readonly inNetwork: number;
  readonly lastOfStage: boolean;
  readonly input: number;
  /** Channels of the depthwise convolution; there is no expansion where they are the input's. */
  readonly expanded: number;
  readonly output: number;
  readonly window: number;
  readonly stride: number;
  /** Channels between the two layers of squeeze-and-excite. */
  readonly squeezed?: number;
}

/** A whole network by its numbers. */
export interface Description {
  /** Channels after the 3×3 convolution with stride 2. */
  readonly stem: number;
  readonly blocks: readonly Block[];
  /** Channels after the last 1×1 convolution. */
  readonly head: number;
}

/** B0's stages, in the order of the columns of the paper's table 1. */
const stages = [
  { expansion: 1, window: 3, stride: 1, channels: 16, blocks: 1 },
  { expansion: 6, window: 3, stride: 2, channels: 24, blocks: 2 },
  { expansion: 6, window: 5, stride: 2, channels: 40, blocks: 2 },
  { expansion: 6, window: 3, stride: 2, channels: 80, blocks: 3 },
  { expansion: 6, window: 5, stride: 1, channels: 112, blocks: 3 },
  { expansion: 6, window: 5, stride: 2, channels: 192, blocks: 4 },
  { expansion: 6, window: 3, stride: 1, channels: 320, blocks: 1 },
] as const;
const STEM_CHANNELS = 32;
const HEAD_CHANNELS = 1280;
/** Squeeze-and-excite has a quarter of the channels of its block's input. */
const SQUEEZE = 4;

/** The window and stride of the stem. */
export const STEM = { window: 3, stride: 2 } as const;

/** To the nearest multiple of 8, but never by more than a tenth down. */
function roundChannels(channels: number): number {
  const rounded = Math.max(8, Math.floor((channels + 4) / 8) * 8);
  return rounded < 0.9 * channels ? rounded + 8 : rounded;
}

/** Every block of a scaled network. O(blocks). */
export function describe({ width, depth, lite = false }: Scaling): Description {
  const stem = lite ? STEM_CHANNELS : roundChannels(STEM_CHANNELS * width);
  const blocks: Block[] = [];
  let input = stem;
  stages.forEach(({ expansion, window, stride, channels, blocks: few }, s) => {
    const output = roundChannels(channels * width);
    const fixed = lite && (s === 0 || s === stages.length - 1);
    const count = fixed ? few : Math.ceil(few * depth);
    for (let i = 0; i < count; i++) {
      blocks.push({
        stage: s + 1,
        inStage: i,
        inNetwork: blocks.length,
        lastOfStage: i === count - 1,
        input,
        expanded: input * expansion,
        output,
        window,
        stride: i === 0 ? stride : 1,
        squeezed: lite ? undefined : Math.max(1, Math.floor(input / SQUEEZE)),
      });
      input = output;
    }
  });
  return { stem, blocks, head: lite ? HEAD_CHANNELS : roundChannels(HEAD_CHANNELS * width) };
}
