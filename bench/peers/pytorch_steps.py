"""The benchmark's training steps in PyTorch, for comparison only (Selfsup itself needs no Python).

usage: pytorch_steps.py MODEL THREADS
Prints one JSON line when ready, then for each line N on standard input runs N steps and prints the seconds.
Random inputs are drawn once, as on the other side: this compares steps, not data loading.
"""

import json
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)


def dense(*sizes, last=None):
    layers = []
    for i, (a, b) in enumerate(zip(sizes, sizes[1:])):
        layers.append(nn.Linear(a, b))
        if i < len(sizes) - 2:
            layers.append(nn.ReLU())
    return nn.Sequential(*layers, *([last] if last else []))


def seed():
    """The 20-10-20 autoencoder on a 100 x 20 table."""
    net = nn.Sequential(nn.Linear(20, 10), nn.ReLU(), nn.Linear(10, 20), nn.Sigmoid())
    x = torch.rand(100, 20)
    return net, lambda: F.mse_loss(net(x), x), torch.optim.Adam(net.parameters(), lr=0.01), 100


def mlp():
    """784-512-128-512-784 autoencoder, batch 256."""
    net = nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 128), nn.ReLU(), nn.Linear(128, 512), nn.ReLU(), nn.Linear(512, 784))
    x = torch.rand(256, 784)
    return net, lambda: F.mse_loss(net(x), x), torch.optim.AdamW(net.parameters(), lr=1e-3, weight_decay=1e-4), 256


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width, eps=1e-6), nn.LayerNorm(width, eps=1e-6)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x):
        b, t, w = x.shape
        q, k, v = self.qkv(self.norm1(x)).reshape(b, t, 3, self.heads, w // self.heads).permute(2, 0, 3, 1, 4)
        x = x + self.out(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(b, t, w))
        return x + self.mlp(self.norm2(x))


def mae():
    """MAE: ViT 192 x 4 blocks on 28 x 28 in patches of 4, 75 % masked; decoder 128 x 2 blocks; batch 128."""
    batch, tokens, raw, width, deep, keep = 128, 49, 16, 192, 128, 12

    class Mae(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed = nn.Linear(raw, width)
            self.encoder = nn.Sequential(*[Block(width, 3) for _ in range(4)], nn.LayerNorm(width, eps=1e-6))
            self.narrow = nn.Linear(width, deep)
            self.mask = nn.Parameter(torch.zeros(deep))
            self.decoder = nn.Sequential(*[Block(deep, 4) for _ in range(2)], nn.LayerNorm(deep, eps=1e-6))
            self.predict = nn.Linear(deep, raw)
            self.register_buffer("position", torch.randn(tokens, width))
            self.register_buffer("decoder_position", torch.randn(tokens, deep))

        def forward(self, patches, order):
            index = order.argsort(1)
            x = self.embed(patches) + self.position
            x = torch.gather(x, 1, order[:, :keep, None].expand(-1, -1, width))
            x = self.narrow(self.encoder(x))
            x = torch.cat([x, self.mask.expand(batch, tokens - keep, deep)], 1)
            x = torch.gather(x, 1, index[:, :, None].expand(-1, -1, deep)) + self.decoder_position
            out = self.predict(self.decoder(x))
            mean, var = patches.mean(-1, keepdim=True), patches.var(-1, keepdim=True)
            error = ((out - (patches - mean) / (var + 1e-6).sqrt()) ** 2).mean(-1)
            hidden = (index >= keep).float()
            return (error * hidden).sum() / hidden.sum()

    net = Mae()
    patches = torch.rand(batch, tokens, raw)

    def loss():
        return net(patches, torch.rand(batch, tokens).argsort(1))

    return net, loss, torch.optim.AdamW(net.parameters(), lr=1e-3, weight_decay=1e-4), batch


def simclr():
    """SimCLR: convolutions 32-64-128 on 28 x 28 with batch norm, dense 128, projector 256-128; 128 samples, 2 views."""

    def conv(a, b, stride):
        return nn.Sequential(nn.Conv2d(a, b, 3, stride, 1, bias=False), nn.BatchNorm2d(b), nn.ReLU())

    net = nn.Sequential(
        conv(1, 32, 1), conv(32, 64, 2), conv(64, 128, 2), nn.Flatten(),
        nn.Linear(6272, 128, bias=False), nn.BatchNorm1d(128), nn.ReLU(),
        nn.Linear(128, 256, bias=False), nn.BatchNorm1d(256), nn.ReLU(),
        nn.Linear(256, 128, bias=False), nn.BatchNorm1d(128, affine=False),
    )
    batch = 128
    x = torch.rand(2 * batch, 1, 28, 28)
    positive = torch.cat([torch.arange(batch, 2 * batch), torch.arange(batch)])
    own = torch.eye(2 * batch) * 1e9

    def loss():
        z = F.normalize(net(x))
        return F.cross_entropy(z @ z.T / 0.2 - own, positive)

    return net, loss, torch.optim.AdamW(net.parameters(), lr=1e-3, weight_decay=1e-4), batch


def main():
    model, threads = sys.argv[1], int(sys.argv[2])
    torch.set_num_threads(threads)
    net, loss, optimizer, batch = {"seed": seed, "mlp": mlp, "mae": mae, "simclr": simclr}[model]()
    net.train()
    ready = {"peer": f"PyTorch {torch.__version__}", "samples": batch, "parameters": sum(p.numel() for p in net.parameters())}
    print(json.dumps(ready), flush=True)
    for line in sys.stdin:
        start = time.perf_counter()
        for _ in range(int(line)):
            optimizer.zero_grad(set_to_none=True)
            value = loss()
            value.backward()
            optimizer.step()
            value.item()
        print(json.dumps({"seconds": time.perf_counter() - start, "loss": value.item()}), flush=True)


main()
