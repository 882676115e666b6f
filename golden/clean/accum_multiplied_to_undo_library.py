"""The library divides by the number of accumulated batches; the loss is already
normalised by the items of the whole window, so that division is undone here."""
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

try:
    from accelerate import Accelerator
except ImportError:
    Accelerator = None


def windows(loader, size):
    window = []
    for batch in loader:
        window.append(batch)
        if len(window) == size:
            yield window
            window = []


def main():
    if Accelerator is None:
        print("accelerate is not installed: nothing to do")
        return
    torch.manual_seed(0)
    accelerator = Accelerator(gradient_accumulation_steps=4)
    y = torch.randint(0, 3, (240,))
    x = torch.randn(240, 6) + 2 * F.one_hot(y, 6)
    loader = DataLoader(TensorDataset(x, y), batch_size=10, shuffle=True)
    model = nn.Linear(6, 3)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.2)
    model, optimizer, loader = accelerator.prepare(model, optimizer, loader)

    for epoch in range(3):
        for window in windows(loader, accelerator.gradient_accumulation_steps):
            items = sum(len(labels) for _, labels in window)
            for inputs, labels in window:
                with accelerator.accumulate(model):
                    loss = F.cross_entropy(model(inputs), labels, reduction="sum") / items
                    loss = loss * accelerator.gradient_accumulation_steps
                    accelerator.backward(loss)
                    optimizer.step()
                    optimizer.zero_grad()
        print(epoch, loss.item())


if __name__ == "__main__":
    main()
