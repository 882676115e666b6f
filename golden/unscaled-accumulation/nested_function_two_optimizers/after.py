import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def main():
    torch.manual_seed(0)
    words = torch.randint(0, 30, (240, 5))
    target = (words % 3).float().mean(dim=1, keepdim=True)
    loader = DataLoader(TensorDataset(words, target), batch_size=6, shuffle=True)

    encoder = nn.EmbeddingBag(30, 16)
    decoder = nn.Sequential(nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 1))
    enc_opt = torch.optim.Adagrad(encoder.parameters(), lr=0.1)
    dec_opt = torch.optim.SGD(decoder.parameters(), lr=0.05, momentum=0.9)
    criterion = nn.MSELoss()
    n_acc = 4

    def train_epoch():
        total = 0.0
        enc_opt.zero_grad()
        dec_opt.zero_grad()
        for i, (w, t) in enumerate(loader):
            loss = criterion(decoder(encoder(w)), t)
            (loss / n_acc).backward()
            total += loss.item()
            if (i + 1) % n_acc == 0:
                enc_opt.step()
                dec_opt.step()
                enc_opt.zero_grad()
                dec_opt.zero_grad()
        return total / len(loader)

    for epoch in range(6):
        print("epoch", epoch, "loss", train_epoch())


if __name__ == "__main__":
    main()
