import argparse

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--grad-accum", dest="grad_accum", type=int, default=3)
    args = parser.parse_args()

    torch.manual_seed(0)
    x = torch.randn(200, 5)
    y = x @ torch.randn(5, 1)
    loader = DataLoader(TensorDataset(x, y), batch_size=8, shuffle=True)
    it = iter(loader)

    model = nn.Linear(5, 1)
    criterion = nn.MSELoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02)

    for step in range(args.steps):
        step_loss = 0.0
        for micro in range(args.grad_accum):
            try:
                xb, yb = next(it)
            except StopIteration:
                it = iter(loader)
                xb, yb = next(it)
            loss = criterion(model(xb), yb)
            (loss / args.grad_accum).backward()
            step_loss += loss.item() / args.grad_accum  # only for printing
        optimizer.step()
        optimizer.zero_grad()
        if step % 10 == 0:
            print(f"{step:3d} {step_loss:.4f}")


if __name__ == "__main__":
    main()
