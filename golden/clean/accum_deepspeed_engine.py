"""The engine counts micro-batches, divides and steps at the boundary by itself."""
import argparse

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

try:
    import deepspeed
except ImportError:
    deepspeed = None

CONFIG = {
    "train_micro_batch_size_per_gpu": 8,
    "gradient_accumulation_steps": 4,
    "optimizer": {"type": "Adam", "params": {"lr": 1e-3}},
}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=2)
    args = parser.parse_args()
    if deepspeed is None:
        print("deepspeed is not installed: nothing to do")
        return

    torch.manual_seed(0)
    x = torch.randn(256, 8)
    loader = DataLoader(TensorDataset(x, x[:, :1]), batch_size=8, shuffle=True)
    net = nn.Linear(8, 1)
    engine, optimizer, _, _ = deepspeed.initialize(model=net, model_parameters=net.parameters(), config=CONFIG)
    criterion = nn.MSELoss()
    for epoch in range(args.epochs):
        for step, (inputs, targets) in enumerate(loader):
            inputs, targets = inputs.to(engine.device), targets.to(engine.device)
            loss = criterion(engine(inputs), targets)
            engine.backward(loss)
            engine.step()
            if engine.is_gradient_accumulation_boundary():
                print(epoch, step, loss.item())


if __name__ == "__main__":
    main()
