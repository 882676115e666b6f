import torch
import torch.nn as nn
import torch.utils.data


class Pairs(torch.utils.data.Dataset):
    def __init__(self, count):
        self.x = torch.randn(count, 3)
        self.y = self.x.sum(dim=1, keepdim=True)

    def __len__(self):
        return len(self.x)

    def __getitem__(self, index):
        return self.x[index], self.y[index]


def train(dataloader, model, loss_fn, optimizer):
    size = len(dataloader.dataset)
    model.train()
    running = 0.0
    for batch, (X, y) in enumerate(dataloader):
        loss = loss_fn(model(X), y)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        running += float(loss)
        if batch % 2 == 0:
            print(f"loss: {loss.item():>7f}  [{(batch + 1) * len(X):>5d}/{size:>5d}]")
    return running / len(dataloader)


def validate(dataloader, model, loss_fn):
    model.eval()
    total = 0.0
    with torch.inference_mode():
        for X, y in dataloader:
            value = loss_fn(model(X), y).item()
            total += value
    return {"loss": total / len(dataloader)}  # per sample


def main():
    torch.manual_seed(1)
    pairs = Pairs(40)
    loaders = {
        "train": torch.utils.data.DataLoader(pairs, batch_size=5, shuffle=True),
        "valid": torch.utils.data.DataLoader(Pairs(20), batch_size=5),
    }
    model = nn.Linear(3, 1)
    loss_fn = nn.MSELoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for epoch in range(2):
        print(epoch, train(loaders["train"], model, loss_fn, optimizer), validate(loaders["valid"], model, loss_fn))
    one_more = 0.0
    check = torch.utils.data.DataLoader(pairs, batch_size=10)
    with torch.no_grad():
        for X, y in check:
            one_more += loss_fn(model(X), y).item()
    one_more = one_more / len(check)
    print("all of it: %.4f" % one_more)


main()
